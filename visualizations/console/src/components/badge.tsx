import type { ComponentChildren } from 'preact';
import { Icon, type IconName } from './icon.tsx';

export type Tone = 'usual' | 'good' | 'warn' | 'bad' | 'accent' | 'caller';

const SIGN: Partial<Record<Tone, IconName>> = { good: 'good', warn: 'warn', bad: 'error' };

/** A state in a word. Good, warning and bad carry a shape of their own, so that colour is never alone. */
export function Badge({
  tone = 'usual',
  children,
  title,
}: {
  tone?: Tone;
  children: ComponentChildren;
  title?: string;
}) {
  const sign = SIGN[tone];
  return (
    <span class={`badge ${tone}`} {...(title && { title })}>
      {sign && <Icon name={sign} />}
      <span class="clip">{children}</span>
    </span>
  );
}

const WHO = { caller: 'Caller', agent: 'Agent', nobody: 'Quiet' } as const;

/** Who speaks: moving bars, the colour of the one who does, and the word. */
export function SpeakingSign({ who }: { who: keyof typeof WHO }) {
  return (
    <span class={`speaking ${who}`}>
      <span class="bars" aria-hidden="true">
        <i />
        <i />
        <i />
      </span>
      {WHO[who]}
    </span>
  );
}
