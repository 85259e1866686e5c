/** A tenth of a pixel is finer than anyone sees, and keeps the file small. */
export function n(value: number): string {
  return String(Math.round(value * 10) / 10);
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Characters that XML does not allow are left out: one of them would make the whole picture unreadable. */
export function escapeXml(text: string): string {
  return [...text]
    .filter(char => char >= ' ' || char === '\n' || char === '\t')
    .map(char => ENTITIES[char] ?? char)
    .join('');
}
