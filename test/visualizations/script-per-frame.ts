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
}

const CATEGORIES = [
  'v8',
  'devtools.timeline',
  'devtools.timeline.frame',
  'disabled-by-default-devtools.timeline',
  'disabled-by-default-devtools.timeline.frame',
];
const FRAME = 'BeginMainThreadFrame';
/** What runs script, and what clears up after it. One may hold another: only the outermost counts. */
const SCRIPT = new Set([
  'EvaluateScript',
  'EventDispatch',
  'FireAnimationFrame',
  'FunctionCall',
  'MajorGC',
  'MinorGC',
  'RunMicrotasks',
  'TimerFire',
  'v8.callFunction',
]);

/** Milliseconds of script on the main thread between one frame and the next, while `act` goes on. */
export async function scriptPerFrame(
  browser: Browser,
  page: Page,
  act: () => Promise<void>,
): Promise<number[]> {
  await browser.startTracing(page, { categories: CATEGORIES });
  await act();
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString()) as {
    traceEvents: TraceEvent[];
  };

  const main = mainThreadOf(traceEvents);
  const events = traceEvents.filter(({ pid, tid }) => `${pid} ${tid}` === main).sort((a, b) => a.ts - b.ts);
  const frames: number[] = [];
  let scriptUs = 0;
  let countedTo = 0;
  for (const { name, ts, dur = 0, tdur = dur } of events) {
    if (name === FRAME) {
      frames.push(scriptUs / 1_000);
      scriptUs = 0;
    } else if (SCRIPT.has(name) && ts >= countedTo) {
      scriptUs += tdur;
      countedTo = ts + dur;
    }
  }
  // What came before the first frame belongs to one that was not seen.
  return frames.slice(1);
}

/** Of the page that was drawn most: a browser has others. */
function mainThreadOf(events: readonly TraceEvent[]): string {
  const frames = new Map<string, number>();
  for (const { name, pid, tid } of events)
    if (name === FRAME) frames.set(`${pid} ${tid}`, (frames.get(`${pid} ${tid}`) ?? 0) + 1);
  const [most] = [...frames].sort((a, b) => b[1] - a[1]);
  if (!most) throw new Error('No frame was drawn while the page was traced.');
  return most[0];
}
