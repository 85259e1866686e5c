import { useEffect } from 'preact/hooks';

const KEYS = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '0', '#'] as const;

/** The keys of a telephone; those of the computer press them too. */
export function Keypad({ onKey }: { onKey(digit: string): void }) {
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const isTyping = (event.target as Element).matches('input, textarea, select');
      if (isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
      if ((KEYS as readonly string[]).includes(event.key)) onKey(event.key);
    };
    document.addEventListener('keydown', press);
    return () => document.removeEventListener('keydown', press);
  }, [onKey]);

  return (
    <fieldset class="keypad" aria-label="Keypad">
      {KEYS.map(digit => (
        <button key={digit} type="button" onClick={() => onKey(digit)}>
          {digit}
        </button>
      ))}
    </fieldset>
  );
}
