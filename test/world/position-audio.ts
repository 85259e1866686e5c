/**
 * Audio that says of each of its words, two bytes, where in its sentence it is: from any frame it can be told whether one is
 * missing, doubled or out of place.
 */

const BASE = 251;
/** Words before they begin anew: more than any sentence has, many times over. */
export const CYCLE = BASE * BASE;
const WORD_BYTES = 2;
const LONGEST_BYTES = 1_600;
const ring = Uint8Array.from({ length: CYCLE * WORD_BYTES + LONGEST_BYTES }, (_, at) => {
  const word = (at >> 1) % CYCLE;
  return at % WORD_BYTES === 0 ? word % BASE : Math.floor(word / BASE);
});

/** `bytes` of a sentence whose first word is `first`, from its byte `from` on; 1,600 at most. Nothing is copied. */
export function audioAt(first: number, from: number, bytes: number): Uint8Array {
  const start = wordAt(first, from) * WORD_BYTES;
  return ring.subarray(start, start + bytes);
}

/** The word that a sentence has at a byte; `byte` is even. */
export function wordAt(first: number, byte: number): number {
  return (first + byte / WORD_BYTES) % CYCLE;
}

export function wordIn(audio: Uint8Array, at: number): number {
  return (audio[at] as number) + BASE * (audio[at + 1] as number);
}

const PAYLOAD = '"payload":"';
const TAIL = '"}}';

/** The audio of a media message. */
export function audioIn(message: string): Buffer {
  const from = message.indexOf(PAYLOAD) + PAYLOAD.length;
  return Buffer.from(message.slice(from, message.length - TAIL.length), 'base64');
}
