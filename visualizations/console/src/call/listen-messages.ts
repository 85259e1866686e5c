/** To the audio thread: mu-law of the caller (0) or the agent (1), or whether the microphone is passed on. */
export type ToEar = { type: 'heard'; track: number; audio: Uint8Array } | { type: 'speak'; speaks: boolean };

/** From it: 20 ms of the microphone as mu-law. */
export interface FromEar {
  audio: Uint8Array;
}
