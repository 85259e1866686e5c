import { randomBytes } from 'node:crypto';

/** How every canary begins that is text: where it is not, in any spelling, none of them is. */
const MARK = 'cnryplanted';

/** Secrets that are recognised wherever they turn up, however they are written. */
export class Canaries {
  readonly #cores = new Map<string, string>();

  /** A new secret. `ending` is what only some places of a secret can hold, as `/+%`. */
  plant(name: string, ending = ''): string {
    const core = `${MARK}${randomBytes(10).toString('hex')}`;
    this.#cores.set(name, core);
    return core + ending;
  }

  /** A new master key: random bytes in base64. */
  plantMasterKey(name: string): string {
    const key = randomBytes(32);
    const core = key.toString('base64');
    this.#cores.set(name, core);
    this.#cores.set(`${name} (bytes)`, key.toString('hex'));
    return core;
  }

  /** Names of the secrets that are in `bytes`: as they are, in base64, hex or percent-encoded. */
  foundIn(bytes: Buffer | string): string[] {
    return this.quotedIn(bytes).map(({ name }) => name);
  }

  /** The same, with what stands around each. */
  quotedIn(bytes: Buffer | string): { name: string; quote: string }[] {
    const text = Buffer.isBuffer(bytes) ? bytes.toString('latin1') : bytes;
    const isMarked = spellings(MARK).some(each => text.includes(each));
    return [...this.#cores].flatMap(([name, core]) => {
      if (core.startsWith(MARK) && !isMarked) return [];
      const at = spellings(core)
        .map(each => text.indexOf(each))
        .find(index => index >= 0);
      return at === undefined ? [] : [{ name, quote: text.slice(Math.max(0, at - 200), at + 60) }];
    });
  }
}

function spellings(core: string): string[] {
  const hex = Buffer.from(core).toString('hex');
  const all = [core, encodeURIComponent(core), hex, hex.toUpperCase()];
  return [...new Set([...all, ...[0, 1, 2].flatMap(shift => inBase64(core, shift))])];
}

/** How base64 writes `core` behind `shift` other bytes, without the characters that its neighbours have a part in. */
function inBase64(core: string, shift: number): string[] {
  const bytes = Buffer.concat([Buffer.alloc(shift), Buffer.from(core)]);
  const whole = bytes.toString('base64').slice(0, Math.floor(bytes.length / 3) * 4);
  const own = whole.slice(shift === 0 ? 0 : shift + 1);
  return [own, own.replaceAll('+', '-').replaceAll('/', '_')];
}
