/** Models asked to go on often begin with the last words again; this many characters are looked at for that. */
const LOOK_CHARS = 80;
const MIN_OVERLAP_CHARS = 8;

/** Joins a continuation to what was spoken: what it repeats of it is left out. */
export function withoutOverlap(spoken: string): { push(text: string): string; flush(): string } {
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
      return held.length >= LOOK_CHARS ? release() : '';
    },
    flush: () => (held === null ? '' : release()),
  };
}

/** `continuation` without the beginning that `spoken` ends with, and with a space between them where one is due. */
export function trimOverlap(spoken: string, continuation: string): string {
  const begun = continuation.trimStart();
  const longest = Math.min(spoken.length, begun.length);
  for (let length = longest; length >= MIN_OVERLAP_CHARS; length--) {
    if (spoken.trimEnd().toLowerCase().endsWith(begun.slice(0, length).toLowerCase().trimEnd()))
      return joined(spoken, begun.slice(length));
  }
  return joined(spoken, continuation);
}

function joined(spoken: string, rest: string): string {
  const needsSpace = /\S$/.test(spoken) && /^[\p{L}\p{N}]/u.test(rest) && /[.!?,;:]$/.test(spoken);
  return needsSpace ? ` ${rest}` : rest;
}
