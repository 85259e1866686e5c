const PATTERN = /^\/(.+)\/([a-z]*)$/s;

/** Whether `wanted` is in what was heard: as words, whatever their case and punctuation, or as a `/pattern/`. */
export function holdsWords(heard: string, wanted: string): boolean {
  const pattern = PATTERN.exec(wanted);
  if (pattern) return new RegExp(pattern[1] as string, withCase(pattern[2] as string)).test(heard);
  return plain(heard).includes(plain(wanted));
}

/** Says what is wrong with a pattern, or null. */
export function wrongPattern(wanted: string): string | null {
  const pattern = PATTERN.exec(wanted);
  if (!pattern) return null;
  try {
    new RegExp(pattern[1] as string, withCase(pattern[2] as string));
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

/** How a sentence begins says nothing: patterns take either case unless they have flags of their own. */
function withCase(flags: string): string {
  return flags === '' ? 'iu' : flags;
}

/** Words with one space around each. */
function plain(text: string): string {
  const words =
    text
      .toLowerCase()
      .normalize('NFC')
      .replace(/['’]/g, '')
      .match(/[\p{L}\p{N}\p{M}]+/gu) ?? [];
  return ` ${words.join(' ')} `;
}
