/**
 * Audio that says of each of its bytes where in its sentence it is: from any frame it can be told whether one is missing,
 * doubled or out of place.
 */

/** A prime, so that no run of whole frames shorter than 251 of them goes unnoticed. */
export const CYCLE = 251;
const LONGEST_BYTES = 1_600;
const ring = Uint8Array.from({ length: CYCLE + LONGEST_BYTES }, (_, at) => at % CYCLE);

/** `bytes` of a sentence whose first byte is `first`, from its byte `from` on; 1,600 at most. Nothing is copied. */
export function audioAt(first: number, from: number, bytes: number): Uint8Array {
  const start = (first + from) % CYCLE;
  return ring.subarray(start, start + bytes);
}

export function byteAt(first: number, at: number): number {
  return (first + at) % CYCLE;
}

const PAYLOAD = '"payload":"';
const TAIL = '"}}';

/** The audio of a media message. */
export function audioIn(message: string): Buffer {
  const from = message.indexOf(PAYLOAD) + PAYLOAD.length;
  return Buffer.from(message.slice(from, message.length - TAIL.length), 'base64');
}
