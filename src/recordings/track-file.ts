import { type FileHandle, open } from 'node:fs/promises';
import { MU_LAW_SILENCE } from '../../runtime/media/mulaw.ts';
import { CHUNK_BYTES, type ChunkPool } from './chunk-pool.ts';

/** What one track may have waiting for a slow disk: half a minute of audio. */
const MAX_WAITING_BYTES = 256 * 1024;

const silentBlock = Buffer.alloc(4 * CHUNK_BYTES, MU_LAW_SILENCE);

type Piece = { chunk: Buffer; bytes: number } | { silentBytes: number };

export interface TrackFileOptions {
  path: string;
  pool: ChunkPool;
  /** The first byte's place in the track; what the file lacks before it is filled with silence. */
  fromByte: number;
  /** The file cannot be written, or not fast enough. Nothing more is; it is still to be closed. */
  failed(error: Error): void;
}

/** One track on its way to its file: collected in chunks, written one after the other, beside the call. */
export class TrackFile {
  readonly #options: TrackFileOptions;
  readonly #waiting: Piece[] = [];
  #chunk: Buffer | null = null;
  #used = 0;
  #waitingBytes = 0;
  #writing: Promise<void> | null = null;
  #handle: FileHandle | null = null;
  #isOpen = true;

  constructor(options: TrackFileOptions) {
    this.#options = options;
  }

  append(audio: Uint8Array, from = 0, to = audio.length): void {
    for (let at = from; at < to && this.#isOpen; ) {
      this.#chunk ??= this.#options.pool.take();
      const end = Math.min(to, at + CHUNK_BYTES - this.#used);
      for (let i = at; i < end; i++) this.#chunk[this.#used++] = audio[i]!;
      at = end;
      if (this.#used === CHUNK_BYTES) this.#send();
    }
  }

  silence(bytes: number): void {
    if (bytes <= 0 || !this.#isOpen) return;
    if (this.#chunk && bytes < CHUNK_BYTES - this.#used) {
      this.#chunk.fill(MU_LAW_SILENCE, this.#used, this.#used + bytes);
      this.#used += bytes;
      return;
    }
    this.#send();
    this.#queue({ silentBytes: bytes }, 0);
  }

  /** Resolves when all that was appended before is in the file, or never will be. */
  async flushed(): Promise<void> {
    this.#send();
    await this.#writing;
  }

  async close(): Promise<void> {
    await this.flushed();
    this.#isOpen = false;
    await this.#handle?.close().catch(() => {});
    this.#handle = null;
  }

  #send(): void {
    const chunk = this.#chunk;
    if (!chunk || this.#used === 0) return;
    const bytes = this.#used;
    this.#chunk = null;
    this.#used = 0;
    this.#queue({ chunk, bytes }, CHUNK_BYTES);
  }

  #queue(piece: Piece, heldBytes: number): void {
    this.#waiting.push(piece);
    this.#waitingBytes += heldBytes;
    if (this.#waitingBytes > MAX_WAITING_BYTES) {
      this.#fail(new Error('the disk is too slow'));
      return;
    }
    this.#writing ??= this.#write().catch(error => this.#fail(error));
  }

  async #write(): Promise<void> {
    const handle = await this.#opened();
    for (let piece = this.#waiting[0]; piece && this.#isOpen; piece = this.#waiting[0]) {
      if ('chunk' in piece) {
        await writeAll(handle, piece.chunk, piece.bytes);
        this.#waitingBytes -= CHUNK_BYTES;
        this.#options.pool.giveBack(piece.chunk);
      } else await writeSilence(handle, piece.silentBytes);
      this.#waiting.shift();
    }
    this.#writing = null;
  }

  async #opened(): Promise<FileHandle> {
    if (this.#handle) return this.#handle;
    const { path, fromByte } = this.#options;
    const handle = await open(path, 'a', 0o600);
    this.#handle = handle;
    const { size } = await handle.stat();
    // Of a call that was moved here, or came back after this process had died.
    if (size < fromByte) await writeSilence(handle, fromByte - size);
    return handle;
  }

  #fail(error: Error): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#waiting.length = 0;
    this.#chunk = null;
    this.#options.failed(error);
  }
}

async function writeSilence(handle: FileHandle, bytes: number): Promise<void> {
  for (let left = bytes; left > 0; left -= silentBlock.length)
    await writeAll(handle, silentBlock, Math.min(left, silentBlock.length));
}

async function writeAll(handle: FileHandle, bytes: Buffer, length: number): Promise<void> {
  for (let at = 0; at < length; ) at += (await handle.write(bytes, at, length - at)).bytesWritten;
}
