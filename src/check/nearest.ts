/** Of the letters, so many may be wrong. */
const MOST_WRONG = 0.4;

/** The name among `names` that was probably meant by `written`, or null when none is near. */
export function nearest(written: string, names: Iterable<string>): string | null {
  let best: string | null = null;
  let least = Math.max(1, Math.floor(written.length * MOST_WRONG)) + 1;
  for (const name of names) {
    const steps = editDistance(written.toLowerCase(), name.toLowerCase());
    if (steps < least) [best, least] = [name, steps];
  }
  return best;
}

/** Ends a sentence that names something unknown: what was meant, or else what there is. */
export function suggest(written: string, names: Iterable<string>): string {
  const known = [...names];
  const meant = nearest(written, known);
  if (meant !== null) return `Did you mean '${meant}'?`;
  if (known.length === 0) return 'There is none.';
  const some = known.slice(0, 8);
  return `There ${known.length === 1 ? 'is' : 'are'}: ${some.join(', ')}${known.length > some.length ? ', …' : ''}.`;
}

/** Letters to add, drop, replace or swap with their neighbour (optimal string alignment). */
function editDistance(one: string, other: string): number {
  let before: number[] = [];
  let above = Array.from({ length: other.length + 1 }, (_, column) => column);
  for (let row = 1; row <= one.length; row++) {
    const current = [row];
    for (let column = 1; column <= other.length; column++) {
      const same = one[row - 1] === other[column - 1];
      let steps = Math.min(above[column]! + 1, current[column - 1]! + 1, above[column - 1]! + (same ? 0 : 1));
      const swapped = one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1];
      if (swapped && row > 1 && column > 1) steps = Math.min(steps, before[column - 2]! + 1);
      current.push(steps);
    }
    [before, above] = [above, current];
  }
  return above[other.length]!;
}
