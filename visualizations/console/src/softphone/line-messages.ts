/** What the page and its audio thread say to each other. */

export type ToAudio =
  | { type: 'play'; audio: Uint8Array }
  | { type: 'mark'; name: string }
  | { type: 'clear' }
  | { type: 'mute'; muted: boolean }
  /** From a sample that is written to one that is heard. */
  | { type: 'latency'; ms: number };

export type FromAudio =
  /** Twenty milliseconds: what the caller said, and how loud both were, 0 … 1. */
  | { type: 'frame'; audio: Uint8Array; callerLevel: number; agentLevel: number }
  /** All before the mark has been heard, or was cleared. */
  | { type: 'marked'; name: string };
