import fc from 'fast-check';
import { expect, it } from 'vitest';
import { SimulatedClock, type TimerHandle } from '../../runtime/clock.ts';

type Step = { set: number } | { clear: number } | { advance: number };

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.record({ set: fc.integer({ min: -5, max: 300 }) }) },
    { weight: 4, arbitrary: fc.record({ clear: fc.nat(500) }) },
    { weight: 1, arbitrary: fc.record({ advance: fc.nat(60) }) },
  ),
  { minLength: 1, maxLength: 500 },
);

/** What a clock must do, said in the plainest way: a list that is looked through. */
class ListedTimers {
  nowMs = 0;
  readonly fired: string[] = [];
  #armed: { dueMs: number; name: number }[] = [];

  set(name: number, delayMs: number): void {
    this.#armed.push({ dueMs: this.nowMs + Math.max(0, delayMs), name });
  }

  clear(name: number): void {
    this.#armed = this.#armed.filter(timer => timer.name !== name);
  }

  get pending(): number {
    return this.#armed.length;
  }

  get untilNextMs(): number | null {
    const [next] = this.#inOrder();
    return next ? next.dueMs - this.nowMs : null;
  }

  advance(byMs: number): void {
    const targetMs = this.nowMs + byMs;
    for (let [next] = this.#inOrder(); next && next.dueMs <= targetMs; [next] = this.#inOrder()) {
      this.clear(next.name);
      this.fired.push(`${next.name} at ${next.dueMs}`);
    }
    this.nowMs = targetMs;
  }

  #inOrder() {
    return [...this.#armed].sort((a, b) => a.dueMs - b.dueMs || a.name - b.name);
  }
}

it('fires timers in order of due time, then of creation, however many are set and cleared', () => {
  fc.assert(
    fc.property(steps, tape => {
      const clock = new SimulatedClock();
      const model = new ListedTimers();
      const fired: string[] = [];
      const handles: TimerHandle[] = [];
      for (const step of tape) {
        if ('set' in step) {
          const name = handles.length;
          model.set(name, step.set);
          handles.push(clock.setTimeout(() => fired.push(`${name} at ${clock.now()}`), step.set));
        } else if ('clear' in step) {
          model.clear(step.clear);
          clock.clearTimeout(handles[step.clear]);
        } else {
          model.advance(step.advance);
          clock.advanceSync(step.advance);
        }
        expect(clock.pending).toBe(model.pending);
        expect(clock.untilNextMs).toBe(model.untilNextMs);
      }
      model.advance(1_000);
      clock.advanceSync(1_000);
      expect(fired).toEqual(model.fired);
      expect(clock.now()).toBe(model.nowMs);
    }),
    { numRuns: 200 },
  );
});

it.each(['advance', 'advanceInside'] as const)(
  'lets promises settle before the next timer, however many wait for one another (%s)',
  async advance => {
    const clock = new SimulatedClock();
    const seen: string[] = [];
    async function chain(length: number): Promise<void> {
      for (let i = 0; i < length; i++) await null;
      seen.push(`a chain of ${length} at ${clock.now()}`);
      clock.setTimeout(() => seen.push(`its timer at ${clock.now()}`), 5);
    }
    clock.setTimeout(() => void chain(1_000), 10);
    clock.setTimeout(() => seen.push(`another at ${clock.now()}`), 10);
    clock.setTimeout(() => seen.push(`a later one at ${clock.now()}`), 20);
    await clock[advance](20);
    expect(seen).toEqual(['a chain of 1000 at 10', 'another at 10', 'its timer at 15', 'a later one at 20']);
  },
);

it('clears a timer from within another that is due at the same time', async () => {
  const clock = new SimulatedClock();
  const seen: string[] = [];
  let second: TimerHandle = null;
  clock.setTimeout(() => clock.clearTimeout(second), 10);
  second = clock.setTimeout(() => seen.push('second'), 10);
  await clock.advanceInside(50);
  expect(seen).toEqual([]);
  expect(clock.pending).toBe(0);
});
