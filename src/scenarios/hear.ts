import type { FlowView } from '../../machines/flow-view.ts';

/** What the embedded recogniser makes of a recording. */
export interface HeardFile {
  text: string;
  confidence: number;
  /** How long there is a voice in it. */
  voiceMs: number;
}

/** Hears a WAV file against the phrases that are expected where the flow stands. */
export type Hear = (path: string, flow: FlowView, language: string) => Promise<HeardFile>;
