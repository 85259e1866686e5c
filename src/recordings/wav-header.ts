import { BYTES_PER_SECOND } from '../../runtime/media/media-streams.ts';

const MU_LAW = 7;
const FORMAT_BYTES = 18;

/** RIFF, `fmt ` with its extension's size, `fact` and the head of `data`. */
export const WAV_HEADER_BYTES = 58;

/** What comes before `audioBytes` of one-channel 8 kHz mu-law in a WAV file (RFC 2361, format 7). */
export function wavHeader(audioBytes: number): Buffer {
  const header = Buffer.alloc(WAV_HEADER_BYTES);
  header.write('RIFF', 0);
  header.writeUInt32LE(WAV_HEADER_BYTES - 8 + audioBytes, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(FORMAT_BYTES, 16);
  header.writeUInt16LE(MU_LAW, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(BYTES_PER_SECOND, 24);
  header.writeUInt32LE(BYTES_PER_SECOND, 28);
  header.writeUInt16LE(1, 32);
  header.writeUInt16LE(8, 34);
  // Everything but PCM tells the size of its extension, here 0, and the number of its samples.
  header.write('fact', 38);
  header.writeUInt32LE(4, 42);
  header.writeUInt32LE(audioBytes, 46);
  header.write('data', 50);
  header.writeUInt32LE(audioBytes, 54);
  return header;
}
