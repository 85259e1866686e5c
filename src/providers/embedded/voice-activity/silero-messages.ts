import type { RingBlock } from './frame-ring.ts';
import type { SpeechGateOptions } from './speech-gate.ts';

export interface SileroWorkerData {
  modelPath: string;
  gate: SpeechGateOptions;
  /** How long windows are gathered, after the first is ready, to be judged together. */
  gatherMs: number;
  bell: SharedArrayBuffer;
  section: SharedArrayBuffer;
  /** Counted since the detector was opened: 64-bit integers, one for each of the places below. */
  counters: SharedArrayBuffer;
  blocks: readonly RingBlock[];
}

export type ToSileroWorker = { type: 'grow'; block: RingBlock } | { type: 'close' };

export type FromSileroWorker =
  | { type: 'ready' }
  /** `atMs`: the end of the window that decided, in the call's audio time. */
  | { type: 'edge'; ticket: number; speaking: boolean; atMs: number };

/** Places in `counters`. */
export const WINDOWS = 0;
export const RUNS = 1;
export const OVERFLOWS = 2;
export const COUNTERS = 3;
