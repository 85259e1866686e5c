import { readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';

/** Path from the root, with `/`, to text. */
export type Sources = ReadonlyMap<string, string>;

export interface Import {
  from: string;
  line: number;
  /** A file of this repository, as a path from the root, or the specifier of a package. */
  to: string;
  isFile: boolean;
  /** What stands between `import` or `export` and `from`; empty for `import 'x'` and `import('x')`. */
  clause: string;
}

const FOLDERS = ['machines', 'runtime', 'src', 'visualizations', 'test'];
const CODE = /\.(ts|tsx|mts|js|mjs)$/;

export function readSources(root: URL): Sources {
  const files = FOLDERS.flatMap(folder => listCode(root, folder));
  return new Map(files.map(file => [file, readFileSync(new URL(file, root), 'utf8')]));
}

function listCode(root: URL, folder: string): string[] {
  return readdirSync(new URL(`${folder}/`, root), { withFileTypes: true }).flatMap(entry => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : listCode(root, path);
    return CODE.test(entry.name) ? [path] : [];
  });
}

/** Every import and re-export of a file: static, of types alone, for effect, and `import('…')` of a literal. */
export function importsOf(file: string, text: string): Import[] {
  const code = blank(text);
  const patterns = [
    /\b(?:import|export)\s+((?:type\s+)?(?:[\w$*][^'"`;()]*?|\{[^'"`;()]*?))\s*\bfrom\s*(['"])/g,
    /\bimport\s*()(['"])/g,
    /\bimport\s*\(\s*()(['"])/g,
  ];

  return patterns.flatMap(pattern =>
    [...code.matchAll(pattern)].map(match => {
      const start = match.index + match[0].length;
      const specifier = text.slice(start, text.indexOf(match[2]!, start));
      const isFile = specifier.startsWith('.');
      return {
        from: file,
        line: lineAt(text, match.index),
        to: isFile ? posix.join(posix.dirname(file), specifier) : specifier,
        isFile,
        clause: match[1]!.trim(),
      };
    }),
  );
}

/** The places where `names` are called as functions, not defined as methods: `setTimeout(…)`, `new Date()`. */
export function callsOf(text: string, call: RegExp): number[] {
  const code = blank(text);
  return [...code.matchAll(call)]
    .filter(match => !/^\s*[:{]/.test(code.slice(closingParenthesis(code, match.index + match[0].length))))
    .map(match => lineAt(text, match.index));
}

/** The position after the parenthesis that closes the one just before `start`. */
function closingParenthesis(code: string, start: number): number {
  let open = 1;
  for (let at = start; at < code.length; at++) {
    if (code[at] === '(') open++;
    if (code[at] === ')' && --open === 0) return at + 1;
  }
  return code.length;
}

function lineAt(text: string, position: number): number {
  return text.slice(0, position).split('\n').length;
}

// What is not code: comments, strings, and regular expressions, which stand only where a value may begin.
const NOT_CODE =
  /\/\/[^\n]*|\/\*[\s\S]*?\*\/|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|(?<=(?:[=(,:;!&|?{}[]|=>|\breturn)\s*)\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/[a-z]*/y;
const TEMPLATE_WORDS = /(?:\\[\s\S]|\$(?!\{)|[^`\\$])*(?:`|\$\{)/y;

/** The text with comments and the insides of strings, templates and regular expressions made blank, at full length. */
export function blank(text: string): string {
  let out = '';
  let at = 0;
  /** Braces open in each `${…}` that encloses this place. */
  const holes: number[] = [];

  const readTemplate = (start: number) => {
    const words = matchAt(TEMPLATE_WORDS, text, start);
    if (words.endsWith('${')) holes.push(1);
    out += spaces(text.slice(at, start) + words);
    at = words ? start + words.length : text.length;
  };

  while (at < text.length) {
    const other = matchAt(NOT_CODE, text, at);
    const char = text[at]!;
    if (other) {
      out += /^['"]/.test(other) ? char + spaces(other.slice(1, -1)) + char : spaces(other);
      at += other.length;
      continue;
    }
    if (char === '`') {
      readTemplate(at + 1);
      continue;
    }
    const inner = holes.length - 1;
    if (inner >= 0 && char === '{') holes[inner]!++;
    if (inner >= 0 && char === '}' && --holes[inner]! === 0) {
      holes.pop();
      readTemplate(at + 1);
      continue;
    }
    out += char;
    at++;
  }
  return out;
}

function matchAt(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? '';
}

function spaces(text: string): string {
  return text.replace(/[^\n]/g, ' ');
}
