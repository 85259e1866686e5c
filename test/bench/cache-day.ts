import { type AnyMachineSnapshot, createActor } from 'xstate';
import { flowInfo } from '../../machines/flow-view.ts';
import { FlowCursor } from '../../runtime/actors/flow-cursor.ts';
import { SimulatedClock } from '../../runtime/clock.ts';
import type { LanguageModel, Message, ModelEvent, ModelRequest } from '../../runtime/ports.ts';
import { openMemoryStore } from '../../src/language/cache/memory-store.ts';
import type { PrefetchLimits } from '../../src/language/cache/prefetch-budget.ts';
import { type CacheReport, ResponseCache } from '../../src/language/cache/response-cache.ts';
import { seeded } from '../../src/rehearsal/latencies.ts';
import { scriptedModel } from '../harness/scripted-providers.ts';
import { Callers, HABITS, type Utterance } from './cache-callers.ts';
import { type BenchCompany, companies } from './cache-companies.ts';
import { answerOf, type BenchCall, benchModel } from './cache-model.ts';
import { Histogram } from './histogram.ts';

const HOUR_MS = 3_600_000;
/** Share of a day's calls in each hour, in percent: of a line that people call from work and in the evening. */
export const HOURS = [
  0.4, 0.2, 0.2, 0.2, 0.3, 0.9, 2.2, 4.4, 8, 10.6, 11, 9.4, 7.6, 8.4, 8.8, 8.2, 7, 5, 3, 1.8, 1.2, 0.7, 0.3,
  0.2,
];
/** New editions of all flows are published at this hour; calls that have begun keep theirs. */
export const PUBLISHED_AT_HOUR = 13;
export const TTL_S = 300;

export interface HourCount {
  questions: number;
  hits: number;
  misses: number;
}

export interface DayResult {
  hours: HourCount[];
  report: CacheReport;
  /** Answered without a model, by what was kept. */
  hitsOf: { words: number; choice: number };
  firstToken: { hits: Histogram; misses: Histogram };
  /** Of real time, that a hit takes from the question to its first word. */
  hitCpu: Histogram;
  violations: { company: number; edition: number; personal: number; wrong: number };
  modelRequests: number;
  /** At models, for callers and ahead of them. */
  spentUsd: number;
}

export interface DayOptions {
  /** Of the companies' calls. */
  share: number;
  /** False: every question is asked of the model. */
  caches: boolean;
  prefetch: PrefetchLimits;
}

/** A day of calls to several companies, on simulated time. The same seed gives the same callers. */
export async function runDay(options: DayOptions): Promise<DayResult> {
  const day = new Day(options);
  return day.run();
}

class Day {
  readonly #clock = new SimulatedClock();
  readonly #cache: ResponseCache;
  readonly #calls = new Map<string, BenchCall & { company: BenchCompany }>();
  readonly #result: Omit<DayResult, 'report' | 'modelRequests' | 'spentUsd'>;
  readonly #models: {
    company: BenchCompany;
    cached: LanguageModel;
    bare: { requests: number; spentUsd: number };
  }[];
  readonly #share: number;
  #callNumber = 0;

  constructor({ prefetch, share, caches }: DayOptions) {
    this.#share = share;
    const clock = this.#clock;
    this.#cache = new ResponseCache({
      clock,
      log: { warn: (_, message) => console.error(message) },
      store: openMemoryStore({ perOwner: 500 }),
      ttlMs: TTL_S * 1_000,
      secret: null,
      prefetch,
      contextOf: callId => {
        const { company, edition } = this.#callOf(callId);
        const { chart } = company;
        const everywhere = new Set<string>(chart.root.transitions.keys());
        return { flow: chart.id, flowVersion: edition, facts: flowInfo(chart).facts, everywhere };
      },
    });
    const flow = scriptedModel(() => [{ type: 'end', reason: 'notUnderstood' }]);
    this.#models = companies.map((company, at) => {
      const bare = benchModel(company, {
        clock,
        callers: new Callers(seeded(100 + at)),
        callOf: callId => this.#callOf(callId),
      });
      const { name } = company;
      const agent = { name, company: name, redact: !caches, companyName: name, identity: () => name };
      return { company, bare, cached: this.#cache.wrap(agent, flow, () => bare) };
    });
    this.#result = {
      hours: [],
      hitsOf: { words: 0, choice: 0 },
      firstToken: { hits: new Histogram(), misses: new Histogram() },
      hitCpu: new Histogram(),
      violations: { company: 0, edition: 0, personal: 0, wrong: 0 },
    };
  }

  async run(): Promise<DayResult> {
    for (const { company, cached } of this.#models) this.#expectCalls(company, cached);
    this.#clock.setTimeout(() => {
      for (const { company } of this.#models) void this.#cache.forgetFlow(company.chart.id);
    }, PUBLISHED_AT_HOUR * HOUR_MS);
    let before = { questions: 0, hits: 0, misses: 0 };
    for (const _ of HOURS) {
      await this.#clock.advance(HOUR_MS);
      const now = this.#counted();
      this.#result.hours.push({
        questions: now.questions - before.questions,
        hits: now.hits - before.hits,
        misses: now.misses - before.misses,
      });
      before = now;
    }
    return {
      ...this.#result,
      report: this.#cache.report(),
      modelRequests: this.#models.reduce((sum, { bare }) => sum + bare.requests, 0),
      spentUsd: this.#models.reduce((sum, { bare }) => sum + bare.spentUsd, 0),
    };
  }

  #counted(): HourCount {
    const { agents } = this.#cache.report();
    const sum = (name: keyof HourCount) => agents.reduce((total, agent) => total + agent[name], 0);
    return { questions: sum('questions'), hits: sum('hits'), misses: sum('misses') };
  }

  #callOf(callId: string) {
    const call = this.#calls.get(callId);
    if (!call) throw new Error(`There is no call ${callId}.`);
    return call;
  }

  /** One call after the other, as thick as the hour has them. */
  #expectCalls(company: BenchCompany, model: LanguageModel): void {
    const random = seeded(company.callsPerDay);
    const next = () => {
      const hour = Math.min(23, Math.floor(this.#clock.now() / HOUR_MS));
      const perMs = (company.callsPerDay * this.#share * HOURS[hour]!) / 100 / HOUR_MS;
      const waitMs = -Math.log(1 - random()) / perMs;
      this.#clock.setTimeout(() => {
        this.#callNumber++;
        void this.#talk(company, model, new Callers(seeded(Math.floor(random() * 2 ** 31))));
        next();
      }, waitMs);
    };
    next();
  }

  async #talk(company: BenchCompany, model: LanguageModel, callers: Callers): Promise<void> {
    const callId = `call ${this.#callNumber}`;
    const edition = this.#clock.now() < PUBLISHED_AT_HOUR * HOUR_MS ? 'one' : 'two';
    const call: BenchCall & { company: BenchCompany } = {
      company,
      edition,
      truth: { kind: 'own' },
      name: null,
      request: null,
    };
    this.#calls.set(callId, call);
    const cursor = new FlowCursor(
      createActor(company.chart).getSnapshot() as AnyMachineSnapshot,
      'en-US',
      true,
    );
    const history: Message[] = [];
    await this.#speakOwnLine({ callId, cursor, history, model });

    for (let turn = 1; cursor.view.afterwards === null; turn++) {
      const isOver = turn > 1 && !callers.chance(HABITS.goesOn);
      const utterance = isOver ? leave(cursor, callers) : callers.next(company, cursor.view, turn === 1);
      call.truth = utterance.truth;
      call.name ??= /maria|john|aisha|peter|chloe|ravi/i.exec(utterance.said)?.[0] ?? null;
      await this.#pause(callers.between(600, 2_000) + 350 * utterance.said.split(' ').length);
      await this.#answer({ callId, cursor, history, model, call, turn, utterance });
      if (isOver) break;
    }
    this.#calls.delete(callId);
    this.#cache.watch(endedCall(callId));
  }

  async #answer(parts: {
    callId: string;
    cursor: FlowCursor;
    history: Message[];
    model: LanguageModel;
    call: BenchCall & { company: BenchCompany };
    turn: number;
    utterance: Utterance;
  }): Promise<void> {
    const { callId, cursor, history, model, turn, utterance } = parts;
    const request: ModelRequest = {
      ...blank(callId, cursor),
      turn,
      history: [...history],
      said: utterance.said,
      confidence: utterance.confidence,
    };
    parts.call.request = request;
    const events = await this.#timed(model, request);
    parts.call.request = null;
    if (events.some(event => event.type === 'usage' && event.provider === 'cache'))
      this.#judge(events, parts);
    history.push({ role: 'caller', text: utterance.said, confidence: utterance.confidence });
    const text = events.map(event => (event.type === 'text' ? event.text : '')).join('');
    const chosen = events.find(event => event.type === 'choice');
    if (!chosen) {
      history.push({ role: 'agent', text });
      await this.#pause(60 * text.length);
      return;
    }
    cursor.move({ type: chosen.event as `caller.${string}`, facts: chosen.facts });
    if (cursor.view.tool) {
      await this.#pause(400);
      const result = { found: true, item: 'a desk lamp', status: 'is on its way', arrival: 'It comes soon.' };
      cursor.move({ type: 'tool.succeeded', tool: cursor.view.tool.name, result });
    }
    await this.#speakOwnLine(parts);
  }

  async #speakOwnLine(parts: {
    callId: string;
    cursor: FlowCursor;
    history: Message[];
    model: LanguageModel;
  }): Promise<void> {
    const { callId, cursor, history, model } = parts;
    const request = { ...blank(callId, cursor), step: 1, said: null };
    let line = '';
    for await (const event of model.reply(request, new AbortController().signal))
      if (event.type === 'text') line += event.text;
    history.push({ role: 'agent', text: line });
    await this.#pause(60 * line.length);
  }

  async #timed(model: LanguageModel, request: ModelRequest): Promise<ModelEvent[]> {
    const askedMs = this.#clock.now();
    const realMs = performance.now();
    const events: ModelEvent[] = [];
    let isTimed = false;
    for await (const event of model.reply(request, new AbortController().signal)) {
      events.push(event);
      if (isTimed || (event.type !== 'text' && event.type !== 'choice')) continue;
      isTimed = true;
      const isHit = events.some(each => each.type === 'usage' && each.provider === 'cache');
      this.#result.firstToken[isHit ? 'hits' : 'misses'].add(this.#clock.now() - askedMs);
      if (isHit) this.#result.hitCpu.add(performance.now() - realMs);
    }
    return events;
  }

  /** Holds what came from the cache against what this very caller should have been told. */
  #judge(
    events: readonly ModelEvent[],
    {
      call,
      utterance,
      cursor,
    }: { call: BenchCall & { company: BenchCompany }; utterance: Utterance; cursor: FlowCursor },
  ): void {
    const { violations, hitsOf } = this.#result;
    const { company, edition } = call;
    const { truth } = utterance;
    const chosen = events.find(event => event.type === 'choice');
    const text = events.map(event => (event.type === 'text' ? event.text : '')).join('');
    hitsOf[chosen ? 'choice' : 'words']++;
    if (chosen) {
      if (Object.keys(chosen.facts).length > 0) violations.personal++;
      if (truth.kind !== 'choice' || truth.event !== chosen.event) violations.wrong++;
      return;
    }
    if (companies.some(({ name }) => name !== company.name && text.includes(name))) violations.company++;
    if (!text.includes(`edition ${edition}`)) violations.edition++;
    if (/\d{3,}|Certainly,/.test(text)) violations.personal++;
    const expected = answerOf(company, { edition, ask: cursor.view.ask }, truth);
    if (text !== expected) violations.wrong++;
  }

  #pause(ms: number): Promise<void> {
    return new Promise(resolve => this.#clock.setTimeout(() => resolve(), ms));
  }
}

function blank(callId: string, cursor: FlowCursor): ModelRequest {
  return {
    callId,
    turn: 0,
    step: 0,
    language: 'en-US',
    country: 'US',
    flow: cursor.view,
    rounds: [],
    history: [],
    said: null,
    by: 'voice',
    confidence: 1,
    misunderstood: 0,
  };
}

function leave({ view }: FlowCursor, callers: Callers): Utterance {
  const done = view.choices.find(({ event }) => event === 'caller.needsNothingElse');
  const said = done ? 'no thanks' : callers.pick(['goodbye', 'bye', 'thanks bye']);
  const event = done ? done.event : 'caller.saysGoodbye';
  return { said, confidence: 0.95, truth: { kind: 'choice', event, facts: {} } };
}

/** A call that is over by the time anybody watches it. */
function endedCall(callId: string) {
  const root = { subscribe: ({ complete }: { complete(): void }) => complete() };
  return { root, start: { callId } } as never;
}
