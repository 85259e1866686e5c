import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { noProgress } from '../../../runtime/placement/progress.ts';
import {
  freshWatch,
  type PlacementWatch,
  type ReviewInput,
  reviewPlacement,
} from '../../../runtime/placement/review-placement.ts';
import { thresholds } from '../../../runtime/placement/thresholds.ts';
import { anyCloud, anyEdge, cloudPlace, edgePlace } from './placement-under-test.ts';

const withModel = edgePlace({ providers: { ...edgePlace().providers, model: true } });

function reviewInput(over: Partial<ReviewInput> = {}): ReviewInput {
  return {
    strategy: 'hybrid',
    placed: 'edge',
    progress: { ...noProgress, turns: 3 },
    needs: { model: false, tools: [] },
    audioQuality: 'high',
    latencyTargetMs: 50,
    measuredMs: 20,
    edge: withModel,
    cloud: cloudPlace(),
    watch: freshWatch,
    ...over,
  };
}

/** Reviews turn after turn. */
function follow(turns: readonly Partial<ReviewInput>[], from = 1): { moves: string[]; texts: string[] } {
  let watch: PlacementWatch = freshWatch;
  const reviews = turns.map((turn, at) => {
    const input = reviewInput({ ...turn, watch });
    const review = reviewPlacement({ ...input, progress: { ...input.progress, turns: from + at } });
    watch = JSON.parse(JSON.stringify(review.watch));
    return review;
  });
  return { moves: reviews.map(({ move }) => move), texts: reviews.map(({ text }) => text) };
}

const notUnderstood = (inARow: number, ever = inARow) => ({
  ...noProgress,
  misunderstoodInARow: inARow,
  misunderstoodEver: ever,
});
const hard = { progress: notUnderstood(2, 3), audioQuality: 'low' } as const;

describe('a call goes to the cloud at once', () => {
  test.each<[string, Partial<ReviewInput>, string]>([
    [
      'before a tool that the edge has not',
      { needs: { model: false, tools: ['lookUpOrder'] } },
      'the flow needs the tool lookUpOrder next, which the edge lacks',
    ],
    [
      'before a model that the edge has not',
      { needs: { model: true, tools: [] }, edge: edgePlace() },
      'the flow needs a language model next, which the edge lacks',
    ],
    [
      'when the navigator alone has not understood',
      { progress: notUnderstood(1), edge: edgePlace() },
      'the caller was not understood (1 in a row), and the edge has no language model to ask',
    ],
    [
      'when it has not twice, in noise',
      { progress: notUnderstood(2), edge: edgePlace(), audioQuality: 'low' },
      'the caller was not understood (2 in a row)',
    ],
    [
      'from an edge that was to keep it',
      { strategy: 'edge-only', needs: { model: false, tools: ['lookUpOrder'] } },
      'the tool lookUpOrder',
    ],
  ])('%s', (_, over, why) => {
    const { move, text } = reviewPlacement(reviewInput(over));
    expect(move).toBe('handOff');
    expect(text).toMatch(/^The call is handed to the cloud, because .+\.$/);
    expect(text).toContain(why);
  });
});

test('Who was once not understood in noise is asked again first', () => {
  const input = reviewInput({ progress: notUnderstood(1), edge: edgePlace(), audioQuality: 'low' });
  expect(reviewPlacement(input).move).toBe('stay');
  const ofLog = { progress: { ...notUnderstood(1), heard: 'low' as const }, audioQuality: null };
  expect(reviewPlacement({ ...input, ...ofLog }).move).toBe('stay');
});

test('A call that merely goes badly is handed over in the second turn of it', () => {
  const { moves, texts } = follow([{}, hard, hard]);
  expect(moves).toEqual(['stay', 'stay', 'handOff']);
  expect(texts[1]).toContain(
    'pressure 0.78 of 0.6: 2 turns, 2 not understood in a row, 3 not understood in all, badly heard',
  );
  expect(texts[2]).toContain('it has been too much for 2 turns (pressure 0.79 of 0.6:');
});

test('One bad turn among good ones moves nobody', () => {
  expect(follow([hard, {}, hard, {}, hard, {}]).moves).not.toContain('handOff');
});

test('An edge that is late is left for a cloud that is not, and not for one that is as late', () => {
  const late = { measuredMs: 140, edge: { ...withModel, usedSlots: 95 } };
  expect(follow([late, late]).moves).toEqual(['stay', 'handOff']);
  const { moves, texts } = follow(
    [late, late].map(turn => ({ ...turn, cloud: cloudPlace({ addsMs: 150 }) })),
  );
  expect(moves).toEqual(['stay', 'stay']);
  expect(texts[1]).not.toContain('ms a turn');
});

test('A hand-off that came to nothing is asked for again after 3 turns, then 6, then 12', () => {
  const needy = { needs: { model: false, tools: ['lookUpOrder'] } };
  const { moves, texts } = follow(Array.from({ length: 36 }, () => needy));
  const asked = moves.flatMap((move, at) => (move === 'handOff' ? [at + 1] : []));
  expect(asked).toEqual([1, 4, 10, 22, 34]);
  expect(texts[1]).toContain('because a hand-off was asked for in turn 1 and is not again before turn 4.');
});

test('Nobody is handed to a cloud that cannot be reached, nor back from one', () => {
  const needs = { model: false, tools: ['lookUpOrder'] };
  const unreachable = reviewPlacement(reviewInput({ needs, cloud: cloudPlace({ isOpen: false }) }));
  expect(unreachable).toMatchObject({ move: 'stay', watch: { asks: 0 } });
  expect(unreachable.text).toContain('because no cloud node can be reached');
  expect(reviewPlacement(reviewInput({ needs, placed: 'cloud' })).move).toBe('stay');
});

describe('whatever happens', () => {
  const anyReview: fc.Arbitrary<ReviewInput> = fc.record({
    strategy: fc.constantFrom('edge-only', 'hybrid', 'cloud-only'),
    placed: fc.constantFrom('edge', 'cloud'),
    progress: fc.record({
      turns: fc.nat(60),
      misunderstoodInARow: fc.nat(5),
      misunderstoodEver: fc.nat(12),
      answer: fc.constant(null),
      heard: fc.option(fc.constantFrom('none', 'low', 'medium', 'high')),
    }),
    needs: fc.record({ model: fc.boolean(), tools: fc.subarray(['lookUpOrder', 'testLine']) }),
    audioQuality: fc.option(fc.constantFrom('none', 'low', 'medium', 'high')),
    latencyTargetMs: fc.option(fc.integer({ min: 1, max: 300 })),
    measuredMs: fc.option(fc.integer({ min: 0, max: 900 })),
    edge: anyEdge,
    cloud: anyCloud,
    watch: fc.record({ highInARow: fc.nat(4), asks: fc.constant(0), askedInTurn: fc.constant(null) }),
  });

  it('there is a decision with a sentence, and a pressure between 0 and 1', () => {
    fc.assert(
      fc.property(anyReview, input => {
        const { text, pressure } = reviewPlacement(input);
        expect(text).toMatch(/^The call [^\n]{20,}\.$/);
        expect(text).not.toMatch(/undefined|null|NaN/);
        expect(pressure).toBeGreaterThanOrEqual(0);
        expect(pressure).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('what is harder in any way does not keep a call at the edge that would have left it', () => {
    fc.assert(
      fc.property(anyReview, anyReview, (input, other) => {
        const harder: ReviewInput = {
          ...input,
          progress: {
            ...input.progress,
            turns: Math.max(input.progress.turns, other.progress.turns),
            misunderstoodInARow: Math.max(
              input.progress.misunderstoodInARow,
              other.progress.misunderstoodInARow,
            ),
            misunderstoodEver: Math.max(input.progress.misunderstoodEver, other.progress.misunderstoodEver),
          },
          needs: {
            model: input.needs.model || other.needs.model,
            tools: [...new Set([...input.needs.tools, ...other.needs.tools])],
          },
          edge: { ...input.edge, usedSlots: input.edge.usedSlots + other.edge.usedSlots },
        };
        if (reviewPlacement(input).move === 'handOff') expect(reviewPlacement(harder).move).toBe('handOff');
      }),
    );
  });

  it('no two hand-offs are asked for in less than the turns between', () => {
    fc.assert(
      fc.property(fc.array(anyReview, { minLength: 10, maxLength: 60 }), inputs => {
        const { moves } = follow(inputs.map(({ watch: _, ...input }) => input));
        const asked = moves.flatMap((move, at) => (move === 'handOff' ? [at] : []));
        for (const [at, turn] of asked.slice(1).entries())
          expect(turn - asked[at]!).toBeGreaterThanOrEqual(thresholds.review.askAgainAfterTurns);
      }),
    );
  });
});
