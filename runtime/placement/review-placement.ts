import type { AudioClass } from '../media/audio-quality.ts';
import { lackedBy } from './decide-placement.ts';
import { addedMs, count, slotsOf } from './figures.ts';
import type { Needs } from './flow-needs.ts';
import { type CloudPlace, type EdgePlace, type Strategy, usedShare } from './places.ts';
import type { CallProgress } from './progress.ts';
import { thresholds } from './thresholds.ts';

/** What one review leaves to the next. Plain data: it is kept with the call. */
export interface PlacementWatch {
  /** Reviews in a row that found the pressure high. */
  highInARow: number;
  /** How often a hand-off was asked for, and in which turn last. */
  asks: number;
  askedInTurn: number | null;
}

export const freshWatch: PlacementWatch = { highInARow: 0, asks: 0, askedInTurn: null };

export interface ReviewInput {
  /** As it was decided at the start. */
  strategy: Strategy;
  /** Where the call is now. One that is in the cloud stays there. */
  placed: 'edge' | 'cloud';
  progress: CallProgress;
  /** What the flow needs where it stands: `needsOfView`. */
  needs: Needs;
  /** Of the caller's audio, where it is known otherwise than from the call's log; null for what the log says. */
  audioQuality: AudioClass | null;
  latencyTargetMs: number | null;
  /** What the edge added to the latest turns, in ms: their median; null before there are any. */
  measuredMs: number | null;
  edge: EdgePlace;
  cloud: CloudPlace;
  /** Of the review before, or `freshWatch`. */
  watch: PlacementWatch;
}

export interface PlacementReview {
  move: 'stay' | 'handOff';
  /** One sentence for the record: what was decided and which figures decided it. */
  text: string;
  /** 0 … 1. */
  pressure: number;
  /** For the next review. A hand-off counts as asked for from now on, whatever comes of it. */
  watch: PlacementWatch;
}

/**
 * Whether a call is handed to the cloud now. To be asked after each turn. What the edge cannot do moves a call at once;
 * what it merely does worse has to be so for several turns. After a hand-off was asked for, none is for some turns. Pure.
 */
export function reviewPlacement(input: ReviewInput): PlacementReview {
  const { strategy, placed, progress, cloud, watch } = input;
  const { pressure, weighed } = pressureOn(input);
  if (placed === 'cloud' || strategy === 'cloud-only')
    return { move: 'stay', text: 'The call stays in the cloud, which it does not leave.', pressure, watch };

  const limit = thresholds.review.handOffAt[strategy];
  const highInARow = highReviews(watch.highInARow, pressure, limit);
  const figures = `pressure ${pressure.toFixed(2)} of ${limit}${weighed.length > 0 ? `: ${weighed.join(', ')}` : ''}`;
  const stay = (text: string): PlacementReview => ({
    move: 'stay',
    text: `The call stays at the edge${text}.`,
    pressure,
    watch: { ...watch, highInARow },
  });

  const isHigh = pressure >= limit && highInARow >= thresholds.review.reviewsInARow;
  const reason =
    beyondEdge(input) ?? (isHigh ? `it has been too much for ${highInARow} turns (${figures})` : null);
  if (reason === null) return stay(`, because it is not too much for it (${figures})`);
  if (!cloud.isOpen) return stay(` although ${reason}, because no cloud node can be reached`);
  const again = asksAgainInTurn(watch);
  if (progress.turns < again)
    return stay(
      ` although ${reason}, because a hand-off was asked for in turn ${watch.askedInTurn} and is not again before turn ${again}`,
    );
  return {
    move: 'handOff',
    text: `The call is handed to the cloud, because ${reason}.`,
    pressure,
    watch: { highInARow: 0, asks: watch.asks + 1, askedInTurn: progress.turns },
  };
}

/** Counts on from the limit up, holds a little below it, and begins anew farther down. */
function highReviews(before: number, pressure: number, limit: number): number {
  if (pressure >= limit) return before + 1;
  return pressure > limit - thresholds.review.slack ? before : 0;
}

/** The turn from which on a hand-off may be asked for. */
function asksAgainInTurn({ asks, askedInTurn }: PlacementWatch): number {
  if (askedInTurn === null) return 0;
  const { askAgainAfterTurns, askAgainAtMostAfterTurns } = thresholds.review;
  return askedInTurn + Math.min(askAgainAtMostAfterTurns, askAgainAfterTurns * 2 ** (asks - 1));
}

/** What cannot be done at the edge at all, null for nothing. */
function beyondEdge(input: ReviewInput): string | null {
  const { needs, edge, progress } = input;
  const missing = lackedBy(edge, needs);
  if (missing.length > 0) return `the flow needs ${missing.join(' and ')} next, which the edge lacks`;
  const { misunderstood, misunderstoodInNoise } = thresholds.review;
  const most = isBadlyHeard(input) ? misunderstoodInNoise : misunderstood;
  if (edge.providers.model || progress.misunderstoodInARow < most) return null;
  return `the caller was not understood (${progress.misunderstoodInARow} in a row), and the edge has no language model to ask`;
}

function isBadlyHeard({ audioQuality, progress }: ReviewInput): boolean {
  return (audioQuality ?? progress.heard) === 'low';
}

/** What speaks for the cloud, 0 … 1, and in words. */
function pressureOn(input: ReviewInput): { pressure: number; weighed: string[] } {
  const { progress, edge, latencyTargetMs, measuredMs } = input;
  const { full, weights, crowdedShare } = thresholds.review;
  const { turns, misunderstoodInARow, misunderstoodEver } = progress;
  const parts: [weight: number, part: number, what: string][] = [
    [weights.turns, turns / full.turns, count(turns, 'turn')],
    [
      weights.misunderstoodInARow,
      misunderstoodInARow / full.misunderstoodInARow,
      `${misunderstoodInARow} not understood in a row`,
    ],
    [
      weights.misunderstoodEver,
      misunderstoodEver / full.misunderstoodEver,
      `${misunderstoodEver} not understood in all`,
    ],
    [weights.badlyHeard, Number(isBadlyHeard(input)), 'badly heard'],
    [weights.crowded, Number(usedShare(edge) >= crowdedShare), slotsOf(edge)],
    [
      weights.late,
      latenessOf(input) / full.late,
      `${Math.round(measuredMs ?? 0)} ms a turn for a target of ${latencyTargetMs}`,
    ],
  ];
  const counting = parts
    .map(([weight, part, what]) => ({ points: weight * Math.min(1, Math.max(0, part)), what }))
    .filter(({ points }) => points > 0);
  return {
    pressure: Math.min(
      1,
      counting.reduce((sum, { points }) => sum + points, 0),
    ),
    weighed: counting.map(({ what }) => what),
  };
}

/** How far the edge misses its target, as a share of that, where the cloud would miss it by less. */
function latenessOf({ latencyTargetMs, measuredMs, cloud }: ReviewInput): number {
  if (latencyTargetMs === null || measuredMs === null) return 0;
  return measuredMs > addedMs('cloud', cloud.addsMs) ? measuredMs / latencyTargetMs - 1 : 0;
}
