import { useSignalEffect } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { phone } from './phone.ts';

/** How loud one side is. Written straight to the element: fifty times a second is too often to draw a page. */
export function LevelMeter({ who, label }: { who: 'caller' | 'agent'; label: string }) {
  const bar = useRef<HTMLElement>(null);
  const shown = useRef(0);
  useSignalEffect(() => {
    const level = phone.levels.value[who];
    // Up at once, down slowly, as meters do.
    shown.current = Math.max(level, shown.current * 0.86);
    if (bar.current) bar.current.style.transform = `scaleX(${shown.current.toFixed(3)})`;
  });
  return (
    <div class={`level ${who}`}>
      <span>{label}</span>
      <span class="level-track" aria-hidden="true">
        <i ref={bar} />
      </span>
    </div>
  );
}
