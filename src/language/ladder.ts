import type { Clock, TimerHandle } from '../../runtime/clock.ts';
import type { LanguageModel, ModelEvent, ModelRequest } from '../../runtime/ports.ts';
import { ProviderError } from '../../runtime/provider-error.ts';
import { Attempt } from './attempt.ts';
import type { ProviderHealth } from './breakers.ts';
import type { ChatProvider, ChatRequest, ChatToolCall, ChatUsage } from './chat.ts';
import { wholeWords, withoutOverlap } from './continuation.ts';
import { type Answer, readToolCalls } from './flow-tools.ts';
import { nextStep, type Step } from './next-rung.ts';
import { nameOf, type Plan, type Rung } from './rung.ts';

export interface LadderSettings {
  /** From the request to giving the turn to the last rung. Below the call chart's own `thinkTimeout`. */
  turnBudgetMs: number;
  /**
   * The same once words were spoken, from the last of them: less, since the caller has been left in the middle of an answer, and
   * a long answer that breaks off late must not be given up at once.
   */
  nextWordsBudgetMs: number;
  /**
   * A first token later than this starts a second request beside the first. A model that is expected to take longer gets
   * half as long again as expected, or every turn would be paid for twice; but not in mid-reply.
   */
  hedgeAfterMs: number;
}

export const defaultLadder: LadderSettings = {
  turnBudgetMs: 8_000,
  nextWordsBudgetMs: 4_000,
  hedgeAfterMs: 900,
};
const LATE_FACTOR = 1.5;

export interface LadderOptions {
  clock: Clock;
  /** 0 … 1, for jitter. */
  random(): number;
  providers: ReadonlyMap<string, ChatProvider>;
  breakers: ProviderHealth;
  /** Whom to ask about this request, in order. */
  plan(request: ModelRequest): Plan;
  /** What to ask. `spoken`: words of this very reply that the caller has been given already. */
  compose(request: ModelRequest, rung: Rung, about: { repaired: boolean; spoken: string }): ChatRequest;
  /** The last rung: needs nobody. */
  navigator: LanguageModel;
  /** Hears how long a place took to its first event. */
  observe?(rung: Rung, firstEventMs: number): void;
  /** The price of a usage whose provider tells only the tokens; null when it is not known. */
  costUsd?(rung: Rung, usage: ChatUsage): number | null;
  settings?: LadderSettings;
}

/**
 * The language model of a call: asks the best provider, and the next when that fails, and at the bottom the flow itself,
 * so that a failing provider is a slower turn and never a dead line.
 *
 * Choices and tool calls count only once their stream is whole; words that were spoken before a stream broke are continued,
 * not said again.
 */
export function openLadder(options: LadderOptions): LanguageModel {
  return {
    name: 'ladder',
    reply: (request, signal) =>
      // A state's own line is said as it is written: no model may change it, or delay it.
      request.said === null && request.rounds.length === 0 && !request.flow.improvise
        ? options.navigator.reply(request, signal)
        : new Climb(options, request, signal).events(),
  };
}

/** What happens first among requests that run side by side. */
type FirstSign = { attempt: Attempt; outcome: 'begun' | ProviderError } | 'late' | 'aborted';

/** One turn's way down the ladder. */
class Climb {
  readonly #options: LadderOptions;
  readonly #settings: LadderSettings;
  readonly #request: ModelRequest;
  readonly #signal: AbortSignal;
  readonly #remaining: Rung[];
  readonly #because: string;
  readonly #startedMs: number;
  readonly #running = new Set<Attempt>();
  /** Failures that the record has not been told of. */
  #untold: string[] = [];
  #spoken = '';
  #spokenMs = 0;

  constructor(options: LadderOptions, request: ModelRequest, signal: AbortSignal) {
    this.#options = options;
    this.#settings = options.settings ?? defaultLadder;
    this.#request = request;
    this.#signal = signal;
    this.#startedMs = options.clock.now();
    const { rungs, because } = options.plan(request);
    this.#because = because;
    const open = rungs.filter(rung => options.providers.has(rung.provider));
    this.#remaining = open.filter(rung => options.breakers.letsThrough(rung.provider, rung.region));
    const resting = open.length - this.#remaining.length;
    if (resting > 0) this.#because += ` ${resting} of ${open.length} places are resting after failures.`;
    if (open.length < rungs.length) this.#because += ' Places of providers that are not open are left out.';
  }

  async *events(): AsyncGenerator<ModelEvent> {
    const cancelAll = () => {
      for (const attempt of this.#running) attempt.cancel();
    };
    this.#signal.addEventListener('abort', cancelAll, { once: true });
    try {
      yield* this.#climb();
    } finally {
      this.#signal.removeEventListener('abort', cancelAll);
      cancelAll();
    }
  }

  async *#climb(): AsyncGenerator<ModelEvent> {
    yield { type: 'explained', text: this.#because };
    const [best] = this.#remaining;
    let step: Step | null = best ? { rung: best, repaired: false, again: false, waitMs: 0 } : null;

    while (step && !this.#signal.aborted) {
      if (step.waitMs > 0) await this.#pause(step.waitMs);
      if (this.#signal.aborted) return;
      const outcome: Attempt | Step | 'spent' = await this.#begin(step);
      if (this.#signal.aborted) return;
      yield* this.#tell();
      if (outcome === 'spent') break;
      if (!(outcome instanceof Attempt)) {
        step = outcome;
        continue;
      }
      try {
        yield* this.#answer(outcome);
        return;
      } catch (error) {
        if (!(error instanceof ProviderError)) throw error;
        // What has failed takes no further part: its first sign of life would win the next race.
        this.#running.delete(outcome);
        step = this.#after(outcome, error);
        yield* this.#tell();
      }
    }
    if (!this.#signal.aborted) yield* this.#bottom();
  }

  /** Starts the step, and a second one beside it when the first token is late. Gives the attempt that began first. */
  async #begin(step: Step): Promise<Attempt | Step | 'spent'> {
    this.#start(step);
    const lateMs = this.#lateMs(step.rung);
    let hedged = false;
    for (;;) {
      const leftMs = this.#leftMs();
      if (leftMs <= 0) return this.#spend();
      const canHedge = !hedged && this.#remaining.length > 0;
      const waitMs = canHedge ? Math.min(lateMs, leftMs) : leftMs;
      const event = await this.#firstOf([...this.#running], waitMs);
      if (event === 'aborted') return 'spent';

      if (event === 'late') {
        const [second] = this.#remaining;
        if (!canHedge || !second || lateMs >= leftMs) return this.#spend();
        hedged = true;
        this.#untold.push(`No word from ${nameOf(step.rung)}; asking ${nameOf(second)} beside it.`);
        this.#start({ rung: second, repaired: false, again: false });
        continue;
      }
      this.#running.delete(event.attempt);
      if (event.outcome === 'begun') {
        for (const other of this.#running) {
          other.cancel();
          // It was only slower: should the winner break off, it is the first to turn to.
          this.#remaining.unshift(other.rung);
        }
        this.#running.clear();
        this.#running.add(event.attempt);
        return event.attempt;
      }
      if (this.#running.size > 0) {
        this.#untold.push(`${event.outcome.message}; the other is still being asked.`);
        continue;
      }
      return this.#after(event.attempt, event.outcome) ?? 'spent';
    }
  }

  #lateMs({ firstTokenMs }: Rung): number {
    const { hedgeAfterMs } = this.#settings;
    return this.#spoken ? hedgeAfterMs : Math.max(hedgeAfterMs, firstTokenMs * LATE_FACTOR);
  }

  #leftMs(): number {
    const { turnBudgetMs, nextWordsBudgetMs } = this.#settings;
    const untilMs = this.#spoken ? this.#spokenMs + nextWordsBudgetMs : this.#startedMs + turnBudgetMs;
    return untilMs - this.#options.clock.now();
  }

  #spend(): 'spent' {
    for (const attempt of this.#running) attempt.cancel();
    this.#running.clear();
    return 'spent';
  }

  #start({ rung, repaired, again }: Omit<Step, 'waitMs'>): void {
    const at = this.#remaining.indexOf(rung);
    if (at >= 0) this.#remaining.splice(at, 1);
    const { providers, breakers, compose } = this.#options;
    const provider = providers.get(rung.provider)!;
    const chat = compose(this.#request, rung, { repaired, spoken: this.#spoken });
    const watched = breakers.watch(rung.provider, rung.region);
    const attempt = new Attempt({ rung, repaired, again }, provider, chat, watched);
    this.#running.add(attempt);
    const askedMs = this.#options.clock.now();
    void attempt.first.then(first => {
      if (first === 'begun') this.#options.observe?.(rung, this.#options.clock.now() - askedMs);
    });
  }

  #after({ rung, repaired, again }: Attempt, error: ProviderError): Step | null {
    const inMidReply = this.#spoken !== '';
    const failure = { rung, repaired, again, inMidReply, error };
    const step = nextStep(this.#remaining, failure, this.#options.random);
    this.#untold.push(`${error.message}; ${this.#whatNext(step)}.`);
    return step;
  }

  *#tell(): Generator<ModelEvent> {
    for (const text of this.#untold.splice(0)) yield { type: 'explained', text };
  }

  #whatNext(step: Step | null): string {
    if (!step) return 'there is nobody else to ask';
    return `asking ${nameOf(step.rung)}${step.repaired ? ', repaired' : step.again ? ' again' : ''}`;
  }

  async *#answer(attempt: Attempt): AsyncGenerator<ModelEvent> {
    const calls: ChatToolCall[] = [];
    const continuation = this.#spoken ? withoutOverlap(this.#spoken) : null;
    const words = wholeWords();

    for await (const event of attempt.events()) {
      if (event.type === 'toolCall') calls.push(event.call);
      else if (event.type === 'usage') {
        const { usage, model } = event;
        const costUsd = usage.costUsd ?? this.#options.costUsd?.(attempt.rung, usage) ?? null;
        yield {
          type: 'usage',
          ...usage,
          costUsd,
          model: model ?? attempt.rung.model,
          provider: attempt.rung.provider,
        };
      } else if (event.type === 'text') {
        const text = words.push(continuation ? continuation.push(event.text) : event.text);
        if (text) yield this.#say(text);
      } else if (event.type === 'stop') {
        const rest = words.push(continuation?.flush() ?? '') + words.flush();
        if (rest) yield this.#say(rest);
        if (event.reason === 'filtered' && !this.#spoken)
          throw new ProviderError('invalid', 'the reply was filtered', attempt.rung);
      }
    }
    if (this.#signal.aborted) return;
    yield { type: 'explained', text: `Answered by ${nameOf(attempt.rung)}.` };
    yield* this.#conclude(readToolCalls(calls, this.#request), attempt);
  }

  async *#conclude(answer: Answer, attempt: Attempt): AsyncGenerator<ModelEvent> {
    if (answer.kind === 'nonsense') throw new ProviderError('invalid', answer.why, attempt.rung);
    if (answer.kind === 'choice') yield { type: 'choice', event: answer.event, facts: answer.facts };
    if (answer.kind === 'tools') for (const call of answer.calls) yield { type: 'toolCall', ...call };
    if (answer.kind === 'words' && !this.#spoken)
      throw new ProviderError('broken', 'the reply was empty', attempt.rung);
    yield { type: 'end', reason: answer.kind === 'wait' && !this.#spoken ? 'waitForMore' : 'complete' };
  }

  #say(text: string): ModelEvent {
    this.#spoken += text;
    this.#spokenMs = this.#options.clock.now();
    return { type: 'text', text };
  }

  /** Nobody answers any more: the flow does, and in mid-reply it goes on from there or hands the floor back. */
  async *#bottom(): AsyncGenerator<ModelEvent> {
    yield* this.#tell();
    yield { type: 'explained', text: 'No model answered in time; the flow answers by itself.' };
    if (!this.#spoken) {
      yield* this.#options.navigator.reply(this.#request, this.#signal);
      return;
    }
    const { ask, tool } = this.#request.flow;
    const choice = await this.#flowsOwnChoice();
    if (choice) yield choice;
    else if (tool) {
      // The conversation cannot go on without the state's tool, whoever speaks.
      const { callId, turn, step } = this.#request;
      yield { type: 'toolCall', id: `${callId}:${turn}:${step}`, ...tool };
    } else if (ask) yield this.#say(/\s$/.test(this.#spoken) ? ask : ` ${ask}`);
    yield { type: 'end', reason: 'complete' };
  }

  /** What the flow itself makes of the caller's words, where that is plain. */
  async #flowsOwnChoice(): Promise<ModelEvent | null> {
    if (this.#request.said === null) return null;
    for await (const event of this.#options.navigator.reply(this.#request, this.#signal)) {
      if (event.type === 'choice') return event;
      if (event.type === 'text') return null;
    }
    return null;
  }

  #firstOf(attempts: readonly Attempt[], waitMs: number): Promise<FirstSign> {
    return new Promise(resolve => {
      const settle = (result: FirstSign) => {
        this.#options.clock.clearTimeout(timer);
        this.#signal.removeEventListener('abort', onAbort);
        resolve(result);
      };
      const onAbort = () => settle('aborted');
      const timer: TimerHandle = this.#options.clock.setTimeout(() => settle('late'), waitMs);
      this.#signal.addEventListener('abort', onAbort, { once: true });
      for (const attempt of attempts) attempt.first.then(outcome => settle({ attempt, outcome }));
    });
  }

  #pause(ms: number): Promise<void> {
    return new Promise(resolve => {
      const { clock } = this.#options;
      const done = () => {
        clock.clearTimeout(timer);
        this.#signal.removeEventListener('abort', done);
        resolve();
      };
      const timer: TimerHandle = clock.setTimeout(done, ms);
      this.#signal.addEventListener('abort', done, { once: true });
    });
  }
}
