const REPLACEMENTS: readonly [RegExp, string][] = [
  [/[\u2018\u2019\u02bc]/g, "'"],
  [/\u2026/g, '... '],
  [/\s[\u2013\u2014-]+\s|[\u2013\u2014]/g, ', '],
  [/&/g, ' and '],
  [/%/g, ' percent'],
  [/\u20ac\s?(\d[\d,]*(?:\.\d+)?)/g, '$1 euros'],
  [/\u00a3\s?(\d[\d,]*(?:\.\d+)?)/g, '$1 pounds'],
  [/\u00b0/g, ' degrees '],
  [/\u00df/g, 'ss'],
  [/[\u00e6\u00c6]/g, 'ae'],
  [/[\u00f8\u00d8]/g, 'o'],
];

/**
 * Makes text safe for Flite, which knows ASCII only and reads mark-up aloud: accents are dropped, symbols become
 * words, the rest goes. Returns an empty string when there is nothing to pronounce.
 */
export function toSpokenText(text: string): string {
  const replaced = REPLACEMENTS.reduce((line, [pattern, by]) => line.replace(pattern, by), text);
  const ascii = replaced
    .normalize('NFKD')
    .replace(/[\u0300-\u036f]/g, '')
    .replace(/[^A-Za-z0-9 .,;:!?'$@/+=-]/g, ' ')
    .replace(/\s+/g, ' ')
    .replace(/ ([.,;:!?])/g, '$1')
    .trim();

  return /[A-Za-z0-9]/.test(ascii) ? ascii : '';
}
