import type { Browser, Page } from 'playwright-core';

interface TraceEvent {
  name: string;
  ph: string;
  pid: number;
  tid: number;
  ts: number;
  dur?: number;
  /** Time on the processor: what the thread did, however busy the machine is. */
  tdur?: number;
  args: { name?: string };
}

/** What runs script on the main thread. One may hold another, so only the outermost counts. */
const SCRIPT = new Set([
  'EvaluateScript',
  'EventDispatch',
  'FireAnimationFrame',
  'FunctionCall',
  'RunMicrotasks',
  'TimerFire',
  'WebSocketReceive',
  'v8.callFunction',
]);

/** Milliseconds of script between one frame of the page and the next, while `act` goes on. */
export async function scriptPerFrame(
  browser: Browser,
  page: Page,
  act: () => Promise<void>,
): Promise<number[]> {
  await browser.startTracing(page, {
    categories: ['devtools.timeline', 'v8', 'blink.user_timing', '__metadata'],
  });
  await act();
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString()) as {
    traceEvents: TraceEvent[];
  };

  const main = mainThreadOf(traceEvents);
  const events = traceEvents
    .filter(event => event.pid === main.pid && event.tid === main.tid)
    .sort((a, b) => a.ts - b.ts);
  const frames: number[] = [];
  let scriptUs = 0;
  let busyUntil = 0;
  for (const event of events) {
    if (event.name === 'BeginMainThreadFrame') {
      frames.push(scriptUs / 1_000);
      scriptUs = 0;
    } else if (event.ph === 'X' && SCRIPT.has(event.name) && event.ts >= busyUntil) {
      scriptUs += event.tdur ?? event.dur ?? 0;
      busyUntil = event.ts + (event.dur ?? 0);
    }
  }
  return frames;
}

/** Of the page that was drawn most: a browser has others. */
function mainThreadOf(events: readonly TraceEvent[]): { pid: number; tid: number } {
  const drawn = new Map<string, { pid: number; tid: number; frames: number }>();
  for (const { name, pid, tid } of events) {
    if (name !== 'BeginMainThreadFrame') continue;
    const thread = drawn.get(`${pid} ${tid}`) ?? { pid, tid, frames: 0 };
    thread.frames++;
    drawn.set(`${pid} ${tid}`, thread);
  }
  const [most] = [...drawn.values()].sort((a, b) => b.frames - a.frames);
  if (!most) throw new Error('No frame was drawn while the page was traced.');
  return most;
}
