import type { HotSpot } from './profiler.ts';

export interface BenchOptions {
  /** Concurrent calls of the load; the latencies are taken with a tenth of it. */
  calls: number;
  /** How long each measurement lasts. */
  seconds: number;
  /** Of all that the simulated world leaves to chance. */
  seed: number;
  /** One call of the simulated world, to be told of alone; null: all. */
  call: number | null;
  storage: 'memory' | 'pglite';
  profile: boolean;
  onProgress(message: string): void;
}

/** One measured number. */
export interface Figure {
  name: string;
  value: number;
  unit:
    | 'ms'
    | 'KB'
    | 'µs'
    | '%'
    | 'calls'
    | 'bytes'
    | '×'
    | 'frames/s'
    | 'frames'
    | 'replies'
    | 'tokens'
    | 'USD';
  /** What it should be at most. */
  target?: number;
  /** What it was measured on, or how. */
  note?: string;
}

export interface BenchResult {
  figures: Figure[];
  /** Where the time went, by process. Empty unless asked for. */
  profiles: Record<string, HotSpot[]>;
}

export interface Bench {
  name: string;
  /** What it answers, as one line. */
  title: string;
  run(options: BenchOptions): Promise<BenchResult>;
}
