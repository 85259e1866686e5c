/** Cuts a text into pieces that a service takes, after a sentence where there is one, else between words. */
export function cutText(text: string, maxChars: number): string[] {
  const pieces: string[] = [];
  let rest = text.trim();
  while (rest.length > maxChars) {
    const head = rest.slice(0, maxChars);
    const at = lastBreak(head, /[.!?…。！？]\s/g) ?? lastBreak(head, /\s/g) ?? maxChars;
    pieces.push(rest.slice(0, at).trim());
    rest = rest.slice(at).trim();
  }
  if (rest) pieces.push(rest);
  return pieces;
}

function lastBreak(text: string, pattern: RegExp): number | null {
  let at: number | null = null;
  for (const match of text.matchAll(pattern)) at = match.index + match[0].length;
  return at;
}
