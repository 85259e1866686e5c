import { HISTORY_SIZE, linearOf, type SoundWindow } from './sound-windows.ts';

/** Pairs of samples, so 4 kHz. Judged are the last 37.5 ms, against what was 2.5 to 16.5 ms before: voices of 60 to 400 Hz. */
const JUDGED = 150;
const LEAST_LAG = 10;
const MOST_LAG = 66;
const SIZE = JUDGED + MOST_LAG;

const pairs = new Float64Array(SIZE);

/** How far the sound repeats itself as the vocal folds do, 0 … 1: the highest normalised correlation with itself. Some 10 µs. */
export function periodicityOf({ history, historyAt }: SoundWindow): number {
  const first = historyAt - 2 * SIZE + HISTORY_SIZE;
  let sum = 0;
  for (let i = 0; i < SIZE; i++) {
    const at = (first + 2 * i) % HISTORY_SIZE;
    const pair = linearOf[history[at]!]! + linearOf[history[(at + 1) % HISTORY_SIZE]!]!;
    pairs[i] = pair;
    sum += pair;
  }
  for (let i = 0; i < SIZE; i++) pairs[i]! -= sum / SIZE;

  const energy = energyFrom(MOST_LAG);
  let lagged = energyFrom(MOST_LAG - LEAST_LAG);
  let best = 0;
  for (let lag = LEAST_LAG; lag <= MOST_LAG; lag++) {
    let product = 0;
    for (let i = MOST_LAG; i < SIZE; i++) product += pairs[i]! * pairs[i - lag]!;
    best = Math.max(best, product / Math.sqrt(energy * lagged + 1));
    // The next lag begins one pair earlier, and ends one earlier.
    if (lag < MOST_LAG) lagged += pairs[MOST_LAG - lag - 1]! ** 2 - pairs[SIZE - lag - 1]! ** 2;
  }
  return best;
}

function energyFrom(start: number): number {
  let energy = 0;
  for (let i = start; i < start + JUDGED; i++) energy += pairs[i]! ** 2;
  return energy;
}
