import { type Signal, useSignal } from '@preact/signals';
import { useCallback, useEffect } from 'preact/hooks';

/** Something that comes from the server, as a page shows it. */
export type Loaded<T> =
  | { is: 'loading' }
  | { is: 'ready'; value: T }
  /** `value`: what was there before, if anything. */
  | { is: 'failed'; error: Error };

/** Loads when `key` changes, keeps the last good answer while it loads again. Call `again` to try once more. */
export function useLoad<T>(
  load: (signal: AbortSignal) => Promise<T>,
  key: string,
): { state: Signal<Loaded<T>>; again(): void } {
  const state = useSignal<Loaded<T>>({ is: 'loading' });
  const attempt = useSignal(0);

  useEffect(() => {
    const control = new AbortController();
    load(control.signal).then(
      value => {
        if (!control.signal.aborted) state.value = { is: 'ready', value };
      },
      error => {
        if (!control.signal.aborted) state.value = { is: 'failed', error: error as Error };
      },
    );
    return () => control.abort();
  }, [key, attempt.value]);

  const again = useCallback(() => {
    state.value = { is: 'loading' };
    attempt.value++;
  }, []);
  return { state, again };
}
