import type { Segment } from './sphinx-module.ts';

/** The score per frame at which a phrase is as likely right as wrong, and how quickly that changes around it. */
const EVEN_SCORE = -36;
const STEEPNESS = 0.3;
/** A second of words says all that the score can say; less says proportionally less, and stays nearer to a half. */
const ENOUGH_FRAMES = 100;

/**
 * How well the sounds fitted the words, 0 … 1. For each frame of speech the decoder tells how far the sound of the
 * words was from the best sound it was considering; the average over all words goes through a logistic curve fitted
 * to phrases heard right and to foreign speech taken for a phrase. It knows nothing of what words mean.
 */
export function toConfidence(segments: readonly Segment[]): number {
  const words = segments.filter(({ word }) => /^[a-z']/.test(word));
  const frames = words.reduce((sum, { start, end }) => sum + end - start + 1, 0);
  if (frames === 0) return 0;

  const score = words.reduce((sum, { ascr }) => sum + ascr, 0) / frames;
  return 1 / (1 + Math.exp(-STEEPNESS * Math.min(1, frames / ENOUGH_FRAMES) * (score - EVEN_SCORE)));
}
