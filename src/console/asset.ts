import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { HttpRequest, HttpResponse } from '../../runtime/cloud/transport.ts';

const compress = {
  br: (bytes: Uint8Array) =>
    promisify(brotliCompress)(bytes, {
      params: { [constants.BROTLI_PARAM_QUALITY]: 9, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
    }),
  gzip: (bytes: Uint8Array) => promisify(gzip)(bytes, { level: 9 }),
};
type Encoding = keyof typeof compress;

const COMPRESSIBLE = /^(text\/|image\/svg|application\/(javascript|json|manifest|wasm))/;
/** Below it, headers and effort outweigh what is saved. */
const SMALLEST_BYTES = 1_024;

/** Bytes that are served again and again: compressed when first asked for so, off this thread, and kept. */
export class Asset {
  readonly type: string;
  readonly #bytes: Buffer;
  readonly #etag: string;
  readonly #compressed = new Map<Encoding, Promise<Buffer>>();

  constructor(bytes: Buffer, type: string) {
    this.#bytes = bytes;
    this.type = type;
    this.#etag = `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`;
  }

  async answer(request: HttpRequest, headers: Readonly<Record<string, string>>): Promise<HttpResponse> {
    const told = { 'content-type': this.type, etag: this.#etag, vary: 'accept-encoding', ...headers };
    const known = request.headers['if-none-match']?.split(',').map(tag => tag.trim().replace(/^W\//, ''));
    if (known?.includes(this.#etag)) return { status: 304, headers: told };

    const encoding = this.#encodingFor(request);
    if (encoding === null) return { status: 200, headers: told, body: this.#bytes };
    const body = await this.#in(encoding);
    return { status: 200, headers: { ...told, 'content-encoding': encoding }, body };
  }

  #encodingFor({ headers }: HttpRequest): Encoding | null {
    if (this.#bytes.length < SMALLEST_BYTES || !COMPRESSIBLE.test(this.type)) return null;
    const accepted = (headers['accept-encoding'] ?? '').split(',').map(each => each.trim().toLowerCase());
    const takes = (name: Encoding) =>
      accepted.some(each => each === name || (each.startsWith(`${name};`) && !/;q=0(\.0*)?$/.test(each)));
    return takes('br') ? 'br' : takes('gzip') ? 'gzip' : null;
  }

  #in(encoding: Encoding): Promise<Buffer> {
    const kept = this.#compressed.get(encoding) ?? compress[encoding](this.#bytes);
    this.#compressed.set(encoding, kept);
    return kept;
  }
}
