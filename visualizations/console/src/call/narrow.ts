import { signal } from '@preact/signals';

const phone = matchMedia('(max-width: 760px)');
const isNarrow = signal(phone.matches);
phone.addEventListener('change', () => {
  isNarrow.value = phone.matches;
});

/** As on a phone: one panel at a time. */
export function useIsNarrow(): boolean {
  return isNarrow.value;
}
