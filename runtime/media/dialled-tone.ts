import { HISTORY_SIZE, linearOf, type SoundWindow } from './sound-windows.ts';

/** In Hz (ITU-T Q.23): a key sounds as one of each. */
const ROWS = [697, 770, 852, 941];
const COLUMNS = [1_209, 1_336, 1_477, 1_633];
/** 20 ms tell them apart. */
const JUDGED = 160;
/** Of all power, what two tones have to hold; voices put as much there for a moment at most. */
const MOST_OF_IT = 0.8;
/** And each of the two. */
const A_PART = 0.15;

const coefficients = (tones: readonly number[]) => tones.map(hz => 2 * Math.cos((2 * Math.PI * hz) / 8_000));
const rows = coefficients(ROWS);
const columns = coefficients(COLUMNS);

/** Whether the last 20 ms sound like a key of the telephone, by Goertzel's filter. Some 2 µs. */
export function isDialledTone(window: SoundWindow): boolean {
  const energy = energyOf(window);
  const row = Math.max(...rows.map(coefficient => shareOf(window, coefficient, energy)));
  if (row < A_PART) return false;
  const column = Math.max(...columns.map(coefficient => shareOf(window, coefficient, energy)));
  return column >= A_PART && row + column >= MOST_OF_IT;
}

/** What of the power lies at one frequency, 0 … 1. */
function shareOf({ history, historyAt }: SoundWindow, coefficient: number, energy: number): number {
  let one = 0;
  let two = 0;
  for (let i = JUDGED; i > 0; i--) {
    const next = linearOf[history[(historyAt - i + HISTORY_SIZE) % HISTORY_SIZE]!]! + coefficient * one - two;
    two = one;
    one = next;
  }
  const power = one * one + two * two - coefficient * one * two;
  return energy > 0 ? (2 * power) / (JUDGED * energy) : 0;
}

function energyOf({ history, historyAt }: SoundWindow): number {
  let energy = 0;
  for (let i = JUDGED; i > 0; i--)
    energy += linearOf[history[(historyAt - i + HISTORY_SIZE) % HISTORY_SIZE]!]! ** 2;
  return energy;
}
