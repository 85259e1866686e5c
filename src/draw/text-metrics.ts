/** The wider of two common sans serifs, in thousandths of the type size, from the space (32) to the tilde (126). */
const WIDTHS = [
  279, 352, 404, 735, 558, 889, 684, 241, 342, 342, 439, 735, 279, 333, 279, 296, 558, 558, 558, 558, 558,
  558, 558, 558, 558, 558, 296, 296, 735, 735, 735, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278,
  500, 667, 556, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 342, 296, 342, 735,
  556, 439, 556, 557, 500, 557, 556, 309, 557, 556, 244, 244, 508, 244, 854, 556, 556, 557, 557, 361, 500,
  344, 556, 519, 722, 519, 519, 500, 558, 296, 558, 735,
];
/** Signs and arrows, and from here on scripts whose characters fill a square. */
const OTHER_WIDTH = 740;
const SQUARE = { from: 0x1100, width: 900 };
/** Readers' fonts differ; the widest common one must still fit. */
const ALLOWANCE = 1.14;
const BOLD = 1.14;

/** Width in pixels that `text` may need at `sizePx`, whatever sans serif the reader's system has. */
export function textWidth(text: string, sizePx: number, bold = false): number {
  let thousandths = 0;
  for (const char of text) thousandths += widthOf(char);
  return Math.ceil((thousandths / 1000) * sizePx * ALLOWANCE * (bold ? BOLD : 1));
}

function widthOf(char: string): number {
  // An accent is no wider than its letter.
  const code = char.normalize('NFD').codePointAt(0)!;
  return WIDTHS[code - 32] ?? (code >= SQUARE.from && !isSign(code) ? SQUARE.width : OTHER_WIDTH);
}

function isSign(code: number): boolean {
  return code >= 0x2000 && code < 0x2e80;
}

/** Breaks text into lines of at most `maxPx`; a word that is longer stands alone. */
export function wrapText(text: string, sizePx: number, maxPx: number): string[] {
  const words = text.split(/\s+/).filter(Boolean);
  return balance(words, fill(words, sizePx, maxPx), sizePx, maxPx);
}

/** Narrows the lines as far as their number allows, so that no last line holds a single word. */
function balance(words: readonly string[], lines: string[], sizePx: number, maxPx: number): string[] {
  if (lines.length < 2) return lines;
  for (let limit = maxPx * 0.5; limit < maxPx; limit += 6) {
    const attempt = fill(words, sizePx, limit);
    if (attempt.length === lines.length) return attempt;
  }
  return lines;
}

function fill(words: readonly string[], sizePx: number, maxPx: number): string[] {
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    if (last !== undefined && textWidth(`${last} ${word}`, sizePx) <= maxPx)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
