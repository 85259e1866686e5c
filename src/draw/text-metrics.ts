/** Advance widths of a common sans serif, in thousandths of the type size, from the space (32) to the tilde (126). */
const WIDTHS = [
  278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556,
  556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278,
  500, 667, 556, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469,
  556, 333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500,
  278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
];
const OTHER_WIDTH = 600;
/** Readers' fonts differ; the widest common one must still fit. */
const ALLOWANCE = 1.14;
const BOLD = 1.06;

/** Width in pixels that `text` may need at `sizePx`, whatever sans serif the reader's system has. */
export function textWidth(text: string, sizePx: number, bold = false): number {
  let thousandths = 0;
  for (const char of text) thousandths += WIDTHS[char.charCodeAt(0) - 32] ?? OTHER_WIDTH;
  return Math.ceil((thousandths / 1000) * sizePx * ALLOWANCE * (bold ? BOLD : 1));
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
