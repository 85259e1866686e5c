import type { ConfigPath } from './config-path.ts';

/** Where the keys of a chart's literal stand in its source text. */
export interface Outline {
  /** The line of the value at `path`, or of the nearest one around it that was found; from 1. */
  lineOf(path: ConfigPath): number;
  /** Keys that are written twice in one object: the last silently replaces the first. */
  readonly repeated: readonly ConfigPath[];
}

/** Where a chart's literal begins in TypeScript. */
const LITERAL = /\bcreateMachine\s*\(\s*(?=\{)/;

/**
 * Reads the keys of the chart's literal in `text`, TypeScript or JSON. Tolerant: what is no literal is skipped, and
 * text that is not well formed yields what could be read of it.
 */
export function outlineOf(text: string): Outline {
  const literal = LITERAL.exec(text);
  const from = literal ? literal.index + literal[0].length : Math.max(text.indexOf('{'), 0);
  const reader = new LiteralReader(text, from);
  reader.readValue([]);

  return {
    repeated: reader.repeated,
    lineOf(path) {
      for (let length = path.length; length > 0; length--) {
        const offset = reader.offsets.get(keyOf(path.slice(0, length)));
        if (offset !== undefined) return lineAt(text, offset);
      }
      return lineAt(text, from);
    },
  };
}

/** The line of an offset, from 1. */
export function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at >= 0 && at < offset; at = text.indexOf('\n', at + 1)) line++;
  return line;
}

function keyOf(path: ConfigPath): string {
  return JSON.stringify(path.map(String));
}

const BLANK = /(?:\s|\/\/[^\n]*|\/\*[\s\S]*?\*\/)*/y;
const STRING = /"(?:[^"\\\n]|\\[\s\S])*"|'(?:[^'\\\n]|\\[\s\S])*'|`(?:[^`\\]|\\[\s\S])*`/y;
const NAME = /[\p{L}$_][\p{L}\p{N}$_]*|\d+/uy;

class LiteralReader {
  readonly offsets = new Map<string, number>();
  readonly repeated: ConfigPath[] = [];
  readonly #text: string;
  #at: number;

  constructor(text: string, from: number) {
    this.#text = text;
    this.#at = from;
  }

  readValue(path: ConfigPath): void {
    this.#take(BLANK);
    if (this.#text[this.#at] === '{') this.#readObject(path);
    else if (this.#text[this.#at] === '[') this.#readArray(path);
    this.#skipRest();
  }

  #readObject(path: ConfigPath): void {
    this.#at++;
    const keys = new Set<string>();
    while (this.#more('}')) {
      const offset = this.#at;
      const key = this.#readKey();
      if (key !== null) {
        const inner = [...path, key];
        if (keys.has(key)) this.repeated.push(inner);
        keys.add(key);
        this.offsets.set(keyOf(inner), offset);
        this.readValue(inner);
      } else this.#skipRest();
      this.#takeComma(offset);
    }
  }

  #readArray(path: ConfigPath): void {
    this.#at++;
    for (let index = 0; this.#more(']'); index++) {
      const offset = this.#at;
      this.offsets.set(keyOf([...path, index]), offset);
      this.readValue([...path, index]);
      this.#takeComma(offset);
    }
  }

  /** Whether there is another member before `end`; goes past `end` when there is none. */
  #more(end: string): boolean {
    this.#take(BLANK);
    if (this.#at >= this.#text.length) return false;
    if (this.#text[this.#at] !== end) return true;
    this.#at++;
    return false;
  }

  /** A key and its colon; null for a method, a spread or a computed key. */
  #readKey(): string | null {
    const written = this.#take(STRING) || this.#take(NAME);
    this.#take(BLANK);
    if (written === '' || this.#text[this.#at] !== ':') return null;
    this.#at++;
    return /^["'`]/.test(written) ? unquote(written) : written;
  }

  /** Goes to the comma or the bracket that ends a value. */
  #skipRest(): void {
    let depth = 0;
    while (this.#at < this.#text.length) {
      this.#take(BLANK);
      const character = this.#text[this.#at];
      if (character === undefined) return;
      if (depth === 0 && ',}])'.includes(character)) return;
      if ('{[('.includes(character)) depth++;
      if ('}])'.includes(character)) depth--;
      if (this.#take(STRING) === '') this.#at++;
    }
  }

  /** A stray bracket must not hold the reader up. */
  #takeComma(began: number): void {
    if (this.#text[this.#at] === ',' || this.#at === began) this.#at++;
  }

  #take(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const taken = pattern.exec(this.#text)?.[0] ?? '';
    this.#at += taken.length;
    return taken;
  }
}

function unquote(written: string): string {
  const inner = written.slice(1, -1);
  return inner.replace(/\\(.)/g, '$1');
}
