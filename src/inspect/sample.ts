import { createHash } from 'node:crypto';

/** Whether a call is among a share of all: the same answer for everybody who asks for that share, and within any larger one. */
export function isSampled(callSid: string, share: number): boolean {
  if (share >= 1) return true;
  const point = createHash('sha256').update(callSid).digest().readUInt32BE(0) / 2 ** 32;
  return point < share;
}
