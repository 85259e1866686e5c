/**
 * A value as JSON that PostgreSQL's `jsonb` takes. It refuses NUL and lone surrogates, which callers' and models' texts
 * may hold; both become U+FFFD, so that the rest of the entry is kept.
 */
export function toJsonText(value: unknown): string {
  const json = stringify(value) ?? 'null';

  // JSON.stringify writes both as escapes; matching every escape keeps an escaped backslash before `u0000` intact.
  return json.includes('\\u') ? json.replace(/\\(?:u0000|ud[89a-f][0-9a-f]{2}|.)/g, replaceUnstorable) : json;
}

/** The engine is several times faster without a replacer, which hardly ever has anything to do. */
function stringify(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? part.toString() : part));
  }
}

/** Text for a `text` column, which refuses NUL. */
export function toPlainText(text: string): string {
  return text.replaceAll('\0', '\uFFFD');
}

function replaceUnstorable(sequence: string): string {
  return sequence.length > 2 ? '\\ufffd' : sequence;
}
