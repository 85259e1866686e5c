import { signal } from '@preact/signals';
import { serverNow } from './live.ts';

/** The server's time, once a second: for durations that tick. All of them move together. */
export const secondTick = signal(serverNow());

setInterval(() => {
  if (!document.hidden) secondTick.value = serverNow();
}, 1000);

document.addEventListener('visibilitychange', () => {
  secondTick.value = serverNow();
});
