import type { ConfigPath } from './config-path.ts';

/** A key that means nothing where it stands, or a value of the wrong kind. */
export interface FormFault {
  kind: 'key' | 'value';
  path: ConfigPath;
  /** What was found, as in "'sya' means nothing here". */
  problem: string;
  /** What there may be instead. */
  known: readonly string[];
  /** The value that is of no use any more; the one at `path` when absent. */
  spoils?: ConfigPath;
}

/** Looks at a value and reports what is wrong with it. */
export type Form = (value: unknown, path: ConfigPath, report: (fault: FormFault) => void) => void;

export type Config = Readonly<Record<string, unknown>>;

export function isConfig(value: unknown): value is Config {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export const anything: Form = () => {};
export const text = kindOf('a text', value => typeof value === 'string');
export const flag = kindOf('true or false', value => typeof value === 'boolean');
/** More digits nobody says in one go. */
const MOST_DIGITS = 40;
export const digitCount = kindOf(
  `a number from 1 to ${MOST_DIGITS}`,
  value => Number.isInteger(value) && (value as number) > 0 && (value as number) <= MOST_DIGITS,
);

export function oneOfWords(...words: readonly string[]): Form {
  return (value, path, report) => {
    if (words.includes(value as string)) return;
    report({
      kind: 'value',
      path,
      problem: `${shown(value)} is none of ${words.map(word => `'${word}'`).join(', ')}`,
      known: words,
    });
  };
}

export function list(item: Form): Form {
  return (value, path, report) => {
    if (!Array.isArray(value)) return wrong(value, 'a list', path, report);
    for (const [index, each] of value.entries()) item(each, [...path, index], report);
  };
}

export function oneOrMore(item: Form): Form {
  return (value, path, report) =>
    Array.isArray(value) ? list(item)(value, path, report) : item(value, path, report);
}

/** Any keys, with values of one form. */
export function recordOf(item: Form): Form {
  return (value, path, report) => {
    if (!isConfig(value)) return wrong(value, 'an object', path, report);
    for (const [key, each] of Object.entries(value)) item(each, [...path, key], report);
  };
}

/** These keys only. Without those of `required` the object is of no use; those of `wanted` are merely to be there. */
export function object(
  fields: Readonly<Record<string, Form>>,
  required: readonly string[] = [],
  wanted: readonly string[] = [],
): Form {
  return (value, path, report) => {
    if (!isConfig(value)) return wrong(value, 'an object', path, report);
    for (const [key, each] of Object.entries(value)) {
      const field = Object.hasOwn(fields, key) ? fields[key] : undefined;
      const at = [...path, key];
      const spoilsAll = required.includes(key);
      if (field && each !== undefined)
        field(each, at, fault =>
          report(spoilsAll && fault.path.length === at.length ? { ...fault, spoils: path } : fault),
        );
      if (!field) {
        const problem = `'${key}' means nothing here`;
        report({ kind: 'key', path: at, problem, known: Object.keys(fields) });
      }
    }
    for (const key of [...required, ...wanted]) {
      if (value[key] !== undefined) continue;
      const at = required.includes(key) ? path : [...path, key];
      report({ kind: 'value', path: at, problem: `'${key}' is missing`, known: [] });
    }
  };
}

/** The first form for text, the second for everything else. */
export function textOr(words: Form, other: Form): Form {
  return (value, path, report) => (typeof value === 'string' ? words : other)(value, path, report);
}

/** The first form for lists, the second for everything else. */
export function listOr(items: Form, other: Form): Form {
  return (value, path, report) => (Array.isArray(value) ? items : other)(value, path, report);
}

function kindOf(what: string, holds: (value: unknown) => boolean): Form {
  return (value, path, report) => {
    if (!holds(value)) wrong(value, what, path, report);
  };
}

function wrong(value: unknown, what: string, path: ConfigPath, report: (fault: FormFault) => void): void {
  report({ kind: 'value', path, problem: `${shown(value)} is not ${what}`, known: [] });
}

function shown(value: unknown): string {
  if (typeof value === 'function') return 'a function';
  const written = JSON.stringify(value) ?? String(value);
  return written.length > 40 ? `${written.slice(0, 39)}…` : written;
}
