import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { decodeMuLawToFloat } from '../../../../runtime/media/mulaw.ts';
import { Doorbell } from './doorbell.ts';
import { type RingBlock, RingReader } from './frame-ring.ts';
import { NativeSection } from './native-section.ts';
import {
  type FromSileroWorker,
  OVERFLOWS,
  RUNS,
  type SileroWorkerData,
  type ToSileroWorker,
  WINDOWS,
} from './silero-messages.ts';
import { Listening, SileroModel, WINDOW_SAMPLES } from './silero-model.ts';
import { SpeechGate } from './speech-gate.ts';

interface Slot {
  reader: RingReader;
  listening: Listening;
  gate: SpeechGate;
}

const port = parentPort!;
const {
  modelPath,
  gate: gateOptions,
  gatherMs,
  bell,
  section,
  counters,
  blocks,
} = workerData as SileroWorkerData;
const doorbell = new Doorbell(bell);
const native = new NativeSection(section);
const counts = new BigInt64Array(counters);
const window = new Uint8Array(WINDOW_SAMPLES);
const slots = blocks.flatMap(toSlots);
const model = await native.run(() => SileroModel.load(modelPath));

post({ type: 'ready' });
// Orders come first in every turn, so that even a thread that never catches up can be closed.
while (takeOrders()) {
  if (await judgeReadyWindows()) continue;
  doorbell.sleep();
  doorbell.pause(gatherMs);
}

/** Read by hand, because this thread does not come back to its event loop while it sleeps. False: close. */
function takeOrders(): boolean {
  for (let next = receiveMessageOnPort(port); next; next = receiveMessageOnPort(port)) {
    const order = next.message as ToSileroWorker;
    if (order.type === 'close') return false;
    slots.push(...toSlots(order.block));
  }

  return true;
}

/** Takes one window of each call that has one; false when none has. */
async function judgeReadyWindows(): Promise<boolean> {
  const ready = slots.filter(takeWindow);
  if (ready.length === 0) return false;

  await native.run(() => model.judge(ready.map(slot => slot.listening)));
  for (const slot of ready) conclude(slot);
  Atomics.add(counts, WINDOWS, BigInt(ready.length));
  Atomics.add(counts, RUNS, 1n);
  return true;
}

/** Hands the slot's next window to its model input. False when there is none yet. */
function takeWindow(slot: Slot): boolean {
  if (slot.reader.follow()) {
    slot.listening = new Listening();
    slot.gate = new SpeechGate(gateOptions, slot.reader.speaking);
  }
  if (slot.reader.ticket === 0) return false;

  let outcome = slot.reader.peek(window);
  while (outcome === 'overflow') {
    Atomics.add(counts, OVERFLOWS, 1n);
    slot.listening = new Listening();
    slot.gate.interrupt();
    outcome = slot.reader.peek(window);
  }
  if (outcome === 'short') return false;

  decodeMuLawToFloat(window, slot.listening.window);
  return true;
}

function conclude({ reader, listening, gate }: Slot): void {
  reader.advance(WINDOW_SAMPLES);
  if (!gate.push(listening.probability)) return;
  post({ type: 'edge', ticket: reader.ticket, speaking: gate.speaking, atMs: reader.heardBytes / 8 });
}

function toSlots(block: RingBlock): Slot[] {
  return Array.from({ length: block.slots }, (_, slot) => ({
    reader: new RingReader(block, slot),
    listening: new Listening(),
    gate: new SpeechGate(gateOptions),
  }));
}

function post(message: FromSileroWorker): void {
  port.postMessage(message);
}
