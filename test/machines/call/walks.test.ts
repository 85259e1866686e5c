import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CallEvent } from '../../../machines/call-events.ts';
import { ChartRun, type Mode } from './chart-run.ts';
import * as on from './events.ts';

/** A step of a random call: an event, or time. The numbers of utterances are given as they come. */
type Move = { send: CallEvent } | { passMs: number } | { nextTimer: true };

const moves: fc.Arbitrary<Move> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc
      .constantFrom(
        ...[
          on.spoke,
          on.paused,
          on.unclear,
          on.wentOn,
          on.keyed,
          on.mayHaveFinished('yes'),
          on.mayHaveFinished('no'),
        ],
        ...[on.finished(0, 'yes'), on.finished(0, 'no'), on.finished(0, 'yes'), on.voiceBegan, on.voiceBegan],
        ...[on.began(), on.began(true), on.heard(), on.heard(), on.heard('hangUp'), on.heard('transfer')],
        ...[
          on.waits,
          on.failed,
          on.chose,
          on.requestedTools,
          on.toolsFinished,
          on.toolsFailed,
          on.hearingFailed,
        ],
        ...[on.lineLost, on.lineResumed, on.transferFailed, on.handOff, on.taken, on.refused],
        ...[on.tookOver, on.gaveBack, on.left, on.returned, on.whispered(true)],
      )
      .map(send => ({ send })),
  },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom(
        on.hungUp,
        on.hangUp(),
        on.conclude(),
        on.budgetExceeded,
        on.lineClosed,
        on.transferConnected,
        on.transfer(),
      )
      .map(send => ({ send })),
  },
  { weight: 4, arbitrary: fc.constant({ nextTimer: true } as const) },
  { weight: 2, arbitrary: fc.integer({ min: 1, max: 5_000 }).map(passMs => ({ passMs })) },
);
const tapes = fc.array(moves, { maxLength: 60 });

/** Follows every utterance from its event on, by what the reply that was about it came to. */
class Utterances {
  next = 0;
  readonly #open = new Set<number>();

  move(run: ChartRun, move: Move): void {
    if ('passMs' in move) run.pass(move.passMs);
    else if ('nextTimer' in move) run.passToNextTimer();
    else this.#send(run, move.send);
  }

  #send(run: ChartRun, sample: CallEvent): void {
    if (sample.type !== 'caller.finished') {
      const { answering, unanswered } = run.context;
      run.send(sample);
      // A person who takes over hears what nobody has answered.
      if (sample.type === 'supervisor.tookOver' || sample.type === 'supervisor.returned')
        for (const id of unanswered) if (!run.context.unanswered.includes(id)) this.#open.delete(id);
      if (sample.type === 'voice.began' || sample.type === 'reply.chose')
        for (const id of answering) if (!run.context.unanswered.includes(id)) this.#open.delete(id);
      return;
    }
    if (run.isActive) ++this.next;
    if (run.isActive && run.floor !== 'takenOver.attended') this.#open.add(this.next);
    run.send({ ...sample, utterance: this.next });
  }

  get open(): number[] {
    return [...this.#open];
  }
}

function play(mode: Mode, placement: 'edge' | 'cloud', tape: readonly Move[]) {
  const run = new ChartRun(mode, placement);
  const utterances = new Utterances();
  const seen: unknown[] = [];
  for (const move of tape) {
    utterances.move(run, move);
    const { value, context, timers, fired } = run;
    seen.push({ value, context, deeds: run.takeDeeds(), timers, fired: [...fired] });
  }
  return { run, utterances, seen };
}

const placements = fc.constantFrom('edge' as const, 'cloud' as const);

describe('a random call', () => {
  it('keeps every utterance until it is answered, and hands the rest over at the end', () => {
    fc.assert(
      fc.property(placements, tapes, (placement, tape) => {
        const { run, utterances } = play('live', placement, tape);
        expect([...run.context.unanswered].sort()).toEqual(utterances.open.sort());
        run.send(on.hungUp).pass(3_000);
        run.pass(65_000);
        expect(run.outputs).toHaveLength(1);
        expect(run.outputs[0]?.unanswered).toEqual(run.context.unanswered);
      }),
      { numRuns: 400 },
    );
  });

  it('goes on as if nothing had happened when it is frozen, written down and thawed after every step', () => {
    let largest = 0;
    fc.assert(
      fc.property(placements, tapes, (placement, tape) => {
        const frozen = play('frozen', placement, tape);
        expect(frozen.seen).toEqual(play('live', placement, tape).seen);
        expect(frozen.run.failure).toBe(null);
        largest = Math.max(largest, frozen.run.frozenBytes);
      }),
      { numRuns: 200 },
    );
    expect(largest).toBeGreaterThan(0);
    expect(largest).toBeLessThan(4_096);
  });

  it('ends by itself within two hours when everybody falls silent, and leaves no timer behind', () => {
    fc.assert(
      fc.property(placements, tapes, (placement, tape) => {
        const { run } = play('live', placement, tape);
        for (let timers = 0; run.isActive && timers < 200; timers++) run.passToNextTimer();
        expect(run.outputs).toHaveLength(1);
        expect(run.clock.now()).toBeLessThan(7_200_000);
        expect(run.clock.pending).toBe(0);
      }),
      { numRuns: 400 },
    );
  });

  it('runs one reply at a time, and tools only beside one', () => {
    fc.assert(
      fc.property(placements, tapes, (placement, tape) => {
        let replies = 0;
        let tools = 0;
        const { seen, run } = play('live', placement, tape);
        const deeds = [
          ...(seen as { deeds: ChartRun['deeds'] }[]).flatMap(step => step.deeds),
          ...run.takeDeeds(),
        ];
        for (const { did } of deeds) {
          if (did === 'startReply') replies++;
          else if (did === 'stopReply') replies--;
          else if (did === 'startTools') tools++;
          else if (did === 'stopTools') tools--;
          expect(replies).toBeLessThanOrEqual(1);
          expect(tools).toBeLessThanOrEqual(replies);
        }
      }),
      { numRuns: 200 },
    );
  });
});
