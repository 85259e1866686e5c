import { signal } from '@preact/signals';
import { Button } from './button.tsx';
import { Icon } from './icon.tsx';

interface Toast {
  number: number;
  tone: 'good' | 'bad';
  text: string;
}

const toasts = signal<readonly Toast[]>([]);
const SHOWN_MS = 6_000;
let last = 0;

/** Says in passing what came of an action. Failures stay until they are closed. */
export function toast(text: string, tone: Toast['tone'] = 'good'): void {
  const number = ++last;
  toasts.value = [...toasts.value, { number, tone, text }];
  if (tone === 'good') setTimeout(() => dismiss(number), SHOWN_MS);
}

function dismiss(number: number): void {
  toasts.value = toasts.value.filter(shown => shown.number !== number);
}

export function Toasts() {
  return (
    <div class="toasts" aria-live="polite">
      {toasts.value.map(({ number, tone, text }) => (
        <div key={number} class={`toast ${tone}`} role={tone === 'bad' ? 'alert' : 'status'}>
          <Icon name={tone === 'bad' ? 'error' : 'good'} />
          <div>{text}</div>
          <Button kind="plain" icon="close" label="Dismiss" onClick={() => dismiss(number)} />
        </div>
      ))}
    </div>
  );
}
