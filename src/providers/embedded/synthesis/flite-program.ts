/**
 * Runs the Flite command line inside a small WASI (preview 1) of its own: the program reads no file and writes one,
 * so thirteen calls are enough. `node:wasi` crashes the process on this module.
 */

const OUTPUT_PATH = '/o/w';
const PREOPENED_FD = 3;
const OUTPUT_FD = 4;

const SUCCESS = 0;
const BAD_FD = 8;
const NO_ENTRY = 44;

const FILETYPE_CHARACTER_DEVICE = 2;
const FILETYPE_DIRECTORY = 3;
const FILETYPE_REGULAR = 4;

export const FLITE_VOICES = ['slt', 'rms', 'awb', 'kal', 'kal16'] as const;
export type FliteVoice = (typeof FLITE_VOICES)[number];

class Exit extends Error {
  readonly code: number;

  constructor(code: number) {
    super(`Flite ended with status ${code}.`);
    this.code = code;
  }
}

/** Speaks `text` (ASCII) in a new instance of the compiled program. Returns a WAV file. */
export function runFlite(program: WebAssembly.Module, voice: FliteVoice, text: string): Uint8Array {
  const output = new OutputFile();
  const complaints: string[] = [];
  let memory: WebAssembly.Memory | undefined;
  const view = () => new DataView(memory!.buffer);
  const bytes = () => new Uint8Array(memory!.buffer);
  const args = ['flite', '-voice', voice, '-t', text, '-o', OUTPUT_PATH].map(arg => Buffer.from(`${arg}\0`));

  const wasi = {
    args_sizes_get(countAt: number, sizeAt: number) {
      view().setUint32(countAt, args.length, true);
      view().setUint32(
        sizeAt,
        args.reduce((sum, arg) => sum + arg.length, 0),
        true,
      );
      return SUCCESS;
    },
    args_get(pointersAt: number, textAt: number) {
      let at = textAt;
      args.forEach((arg, i) => {
        view().setUint32(pointersAt + 4 * i, at, true);
        bytes().set(arg, at);
        at += arg.length;
      });
      return SUCCESS;
    },
    // A standing clock: the same text gives the same audio.
    clock_time_get(_id: number, _precision: bigint, timeAt: number) {
      view().setBigUint64(timeAt, 0n, true);
      return SUCCESS;
    },
    fd_prestat_get(fd: number, statAt: number) {
      if (fd !== PREOPENED_FD) return BAD_FD;
      view().setUint32(statAt, 0, true);
      view().setUint32(statAt + 4, 1, true);
      return SUCCESS;
    },
    fd_prestat_dir_name(fd: number, nameAt: number) {
      if (fd !== PREOPENED_FD) return BAD_FD;
      bytes()[nameAt] = '/'.charCodeAt(0);
      return SUCCESS;
    },
    fd_fdstat_get(fd: number, statAt: number) {
      if (fd > OUTPUT_FD) return BAD_FD;
      bytes().fill(0, statAt, statAt + 24);
      view().setUint8(statAt, fileType(fd));
      view().setBigUint64(statAt + 8, 0xffff_ffff_ffff_ffffn, true);
      view().setBigUint64(statAt + 16, 0xffff_ffff_ffff_ffffn, true);
      return SUCCESS;
    },
    fd_fdstat_set_flags: () => SUCCESS,
    path_open(
      _fd: number,
      _lookup: number,
      pathAt: number,
      pathLength: number,
      _flags: number,
      _rights: bigint,
      _inherited: bigint,
      _fdFlags: number,
      fdAt: number,
    ) {
      const path = Buffer.from(memory!.buffer, pathAt, pathLength).toString();
      if (`/${path}` !== OUTPUT_PATH && path !== OUTPUT_PATH) return NO_ENTRY;
      view().setUint32(fdAt, OUTPUT_FD, true);
      return SUCCESS;
    },
    fd_seek(fd: number, offset: bigint, whence: number, positionAt: number) {
      if (fd !== OUTPUT_FD) return BAD_FD;
      view().setBigUint64(positionAt, BigInt(output.seek(Number(offset), whence)), true);
      return SUCCESS;
    },
    fd_read(_fd: number, _vectors: number, _count: number, readAt: number) {
      view().setUint32(readAt, 0, true);
      return SUCCESS;
    },
    fd_write(fd: number, vectorsAt: number, count: number, writtenAt: number) {
      let written = 0;
      for (let i = 0; i < count; i++) {
        const at = view().getUint32(vectorsAt + 8 * i, true);
        const length = view().getUint32(vectorsAt + 8 * i + 4, true);
        const piece = new Uint8Array(memory!.buffer, at, length);
        if (fd === OUTPUT_FD) output.write(piece);
        else complaints.push(Buffer.from(piece).toString());
        written += length;
      }
      view().setUint32(writtenAt, written, true);
      return SUCCESS;
    },
    fd_close: () => SUCCESS,
    proc_exit(code: number) {
      throw new Exit(code);
    },
  };

  const instance = new WebAssembly.Instance(program, { wasi_snapshot_preview1: wasi });
  memory = instance.exports.memory as WebAssembly.Memory;
  try {
    (instance.exports._start as () => void)();
  } catch (error) {
    if (!(error instanceof Exit)) throw error;
    if (error.code !== 0) throw new Error(`${error.message} ${complaints.join('').trim()}`.trim());
  }
  return output.contents();
}

function fileType(fd: number): number {
  if (fd === PREOPENED_FD) return FILETYPE_DIRECTORY;
  return fd === OUTPUT_FD ? FILETYPE_REGULAR : FILETYPE_CHARACTER_DEVICE;
}

class OutputFile {
  #buffer = new Uint8Array(256 * 1024);
  #size = 0;
  #position = 0;

  seek(offset: number, whence: number): number {
    const base = [0, this.#position, this.#size][whence] ?? 0;
    this.#position = Math.max(0, base + offset);
    return this.#position;
  }

  write(piece: Uint8Array): void {
    const end = this.#position + piece.length;
    if (end > this.#buffer.length) {
      const larger = new Uint8Array(Math.max(end, this.#buffer.length * 2));
      larger.set(this.#buffer.subarray(0, this.#size));
      this.#buffer = larger;
    }
    this.#buffer.set(piece, this.#position);
    this.#position = end;
    this.#size = Math.max(this.#size, end);
  }

  contents(): Uint8Array {
    return this.#buffer.subarray(0, this.#size);
  }
}
