import type { SphinxFiles } from './sphinx-package.ts';

export interface RecognitionWorkerData {
  files: SphinxFiles;
  maxDecoders: number;
  memoryBytes: number;
}

/** To the worker. Utterances have numbers of their own across all streams. */
export type RecognitionRequest =
  | { type: 'begin'; utterance: number; stream: number; phrases: readonly string[] }
  | { type: 'audio'; utterance: number; audio: Uint8Array }
  | { type: 'finish'; utterance: number }
  /** The stream was closed: nobody wants the text. */
  | { type: 'drop'; utterance: number };

/** From the worker. */
export type RecognitionAnswer =
  | { type: 'ready' }
  | { type: 'partial'; utterance: number; text: string; complete: boolean }
  | { type: 'final'; utterance: number; text: string; confidence: number }
  /** A phrase that cannot be heard as it is written. */
  | { type: 'warning'; message: string };
