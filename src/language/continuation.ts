/** Models asked to go on often begin with the last words again; this many characters are looked at for that. */
const LOOK_CHARS = 80;
const MIN_OVERLAP_CHARS = 8;

interface TextFilter {
  /** What of the text so far may go on. */
  push(text: string): string;
  /** What is left when the text is over. */
  flush(): string;
}

/** Joins a continuation to what was spoken: what it repeats of it is left out. */
export function withoutOverlap(spoken: string): TextFilter {
  let held: string | null = '';

  function release(): string {
    const text = held ?? '';
    held = null;
    return trimOverlap(spoken, text);
  }

  return {
    push(text) {
      if (held === null) return text;
      held += text;
      // A model that starts all over says everything again before it comes to what is new.
      const repeats = spoken.toLowerCase().includes(held.trim().toLowerCase());
      return held.length >= LOOK_CHARS && !repeats ? release() : '';
    },
    flush: () => (held === null ? '' : release()),
  };
}

/** Lets whole words through only: half a word that a broken stream leaves behind cannot be continued by another model. */
export function wholeWords(): TextFilter {
  let held = '';
  return {
    push(text) {
      held += text;
      const end = lastBoundary(held);
      const whole = held.slice(0, end);
      held = held.slice(end);
      return whole;
    },
    flush() {
      const rest = held;
      held = '';
      return rest;
    },
  };
}

/** After the last space, or after the last character of a script that writes none. */
function lastBoundary(text: string): number {
  const match = text.match(
    /^.*[\s\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}、。！？]/su,
  );
  return match?.[0].length ?? 0;
}

/** `continuation` without the beginning that `spoken` ends with, and with a space between them where one is due. */
export function trimOverlap(spoken: string, continuation: string): string {
  const begun = continuation.trimStart();
  const end = spoken.trimEnd().toLowerCase();
  const longest = Math.min(end.length, begun.length);
  for (let length = longest; length >= MIN_OVERLAP_CHARS; length--) {
    const beginning = begun.slice(0, length);
    if (end.endsWith(beginning.toLowerCase())) {
      const rest = begun.slice(length);
      return /\s$/.test(spoken) ? rest.trimStart() : rest;
    }
  }
  if (/\s$/.test(spoken)) return begun;
  const needsSpace = spoken !== '' && /^[\p{L}\p{N}]/u.test(continuation);
  return needsSpace ? ` ${continuation}` : continuation;
}
