export interface Piece {
  text: string;
  /** A filler begins here. */
  isFiller: boolean;
  /** Null while nobody knows yet. */
  wasHeard: boolean | null;
}

interface Said {
  sentences: readonly { text: string; isFiller: boolean }[];
  heard: { text: string } | null;
}

/**
 * What was generated, parted where the caller stopped hearing it. Null when the words heard are not the beginning of the
 * words said: a voice may have read them otherwise, and they have to be shown apart.
 */
export function heardPieces({ sentences, heard }: Said): Piece[] | null {
  if (!heard) return sentences.map(({ text, isFiller }) => ({ text, isFiller, wasHeard: null }));

  const said = sentences.map(({ text }) => text.trim()).join(' ');
  const words = heard.text.trim();
  if (!said.startsWith(words)) return null;

  const pieces: Piece[] = [];
  let left = words.length;
  for (const { text: raw, isFiller } of sentences) {
    const text = raw.trim();
    const known = text.slice(0, Math.max(0, left)).trimEnd();
    const lost = text.slice(known.length).trimStart();
    if (known) pieces.push({ text: known, isFiller, wasHeard: true });
    if (lost) pieces.push({ text: lost, isFiller: isFiller && !known, wasHeard: false });
    left -= text.length + 1;
  }
  return pieces;
}
