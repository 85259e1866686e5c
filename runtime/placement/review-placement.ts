import { absent } from './decide-placement.ts';
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
  /** As measured on the line; null where it was not. */
  audioQuality: 'none' | 'low' | 'medium' | 'high' | null;
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
  const { weighed, pressure } = pressureOn(input);
  if (placed === 'cloud' || strategy === 'cloud-only')
    return stay('The call stays in the cloud, because it does not go back', pressure, freshWatch);

  const limit = thresholds.review.handOffAt[strategy];
  const highInARow =
    pressure >= limit
      ? watch.highInARow + 1
      : pressure > limit - thresholds.review.slack
        ? watch.highInARow
        : 0;
  const now = { ...watch, highInARow };
  const figures = `pressure ${pressure.toFixed(2)} of ${limit}${weighed.length > 0 ? `: ${weighed.join(', ')}` : ''}`;
  const cannot = beyondEdge(input);
  const isHigh = pressure >= limit && highInARow >= thresholds.review.reviewsInARow;
  const reason = cannot ?? (isHigh ? `it has grown for ${highInARow} turns (${figures})` : null);
  if (reason === null)
    return stay(`The call stays at the edge, because it is well there (${figures})`, pressure, now);
  if (!cloud.isOpen)
    return stay(
      `The call stays at the edge although ${reason}, because no cloud node can be reached`,
      pressure,
      now,
    );

  const notBefore = asksAgainIn(watch);
  if (progress.turns < notBefore)
    return stay(
      `The call stays at the edge although ${reason}, because a hand-off was asked for in turn ${watch.askedInTurn} and is not again before turn ${notBefore}`,
      pressure,
      now,
    );
  return {
    move: 'handOff',
    text: `The call is handed to the cloud, because ${reason}.`,
    pressure,
    watch: { highInARow: 0, asks: watch.asks + 1, askedInTurn: progress.turns },
  };
}

function stay(text: string, pressure: number, watch: PlacementWatch): PlacementReview {
  return { move: 'stay', text: `${text}.`, pressure, watch };
}

/** The turn from which on a hand-off may be asked for. */
function asksAgainIn({ asks, askedInTurn }: PlacementWatch): number {
  if (askedInTurn === null) return 0;
  const { askAgainAfterTurns, askAgainAtMostAfterTurns } = thresholds.review;
  return askedInTurn + Math.min(askAgainAtMostAfterTurns, askAgainAfterTurns * 2 ** (asks - 1));
}

/** What cannot be done at the edge at all, null for nothing. */
function beyondEdge({ needs, edge, progress, audioQuality }: ReviewInput): string | null {
  const missing = absent(needs, edge);
  if (missing.length > 0) return `the flow needs ${missing.join(' and ')} next, which the edge lacks`;
  const { misunderstood, misunderstoodInNoise } = thresholds.review;
  const most = audioQuality === 'low' ? misunderstoodInNoise : misunderstood;
  if (edge.providers.model || progress.misunderstoodInARow < most) return null;
  return `the caller was not understood (${progress.misunderstoodInARow} in a row), and the edge has no language model to ask`;
}

function pressureOn({ progress, audioQuality, edge, latencyTargetMs, measuredMs }: ReviewInput): {
  weighed: string[];
  pressure: number;
} {
  const { full, weights, crowdedShare } = thresholds.review;
  const share = usedShare(edge);
  const late = latencyTargetMs !== null && measuredMs !== null ? measuredMs / latencyTargetMs - 1 : 0;
  const terms: [number, number, string][] = [
    [weights.turns, progress.turns / full.turns, `${progress.turns} turns`],
    [
      weights.misunderstoodInARow,
      progress.misunderstoodInARow / full.misunderstoodInARow,
      `${progress.misunderstoodInARow} misunderstood in a row`,
    ],
    [
      weights.misunderstoodEver,
      progress.misunderstoodEver / full.misunderstoodEver,
      `${progress.misunderstoodEver} misunderstood in all`,
    ],
    [weights.badlyHeard, audioQuality === 'low' ? 1 : 0, 'badly heard'],
    [weights.crowded, share >= crowdedShare ? 1 : 0, `${edge.usedSlots} of ${edge.slots} slots in use`],
    [
      weights.late,
      late / full.late,
      `${Math.round(measuredMs ?? 0)} ms where ${latencyTargetMs} are allowed`,
    ],
  ];
  const counting = terms.map(([weight, part, what]) => ({
    score: weight * Math.min(1, Math.max(0, part)),
    what,
  }));
  return {
    weighed: counting.filter(({ score }) => score > 0).map(({ what }) => what),
    pressure: Math.min(
      1,
      counting.reduce((sum, { score }) => sum + score, 0),
    ),
  };
}
