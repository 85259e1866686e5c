import { encodeMuLaw, linear16FromBytes } from '../../../runtime/media/mulaw.ts';

/** Format tags of the `fmt ` chunk. */
const PCM = 1;
const MU_LAW = 7;
const HEADER_BYTES = 44;

/** Turns audio of the announced format into mu-law at 8 kHz. */
export type ToMuLaw = (audio: Buffer) => Buffer;

/** Reads the header that opens a turn's audio. Null: a format that the service, or this emulator, does not take. */
export function readWaveHeader(header: Buffer): ToMuLaw | null {
  if (header.length < HEADER_BYTES || header.toString('latin1', 0, 4) !== 'RIFF') return null;
  const tag = header.readUInt16LE(20);
  const channels = header.readUInt16LE(22);
  const rate = header.readUInt32LE(24);
  const bits = header.readUInt16LE(34);
  if (channels !== 1 || rate !== 8_000) return null;
  if (tag === MU_LAW && bits === 8) return audio => audio;
  if (tag === PCM && bits === 16) return audio => Buffer.from(encodeMuLaw(linear16FromBytes(audio)));
  return null;
}
