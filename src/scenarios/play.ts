import type { AnyStateMachine } from 'xstate';
import type { Clock } from '../../runtime/clock.ts';
import type { Turn } from '../../runtime/journal.ts';
import type { Tool } from '../../runtime/ports.ts';
import type { FlowHits } from '../rehearsal/flow-trace.ts';
import type { ToolAnswer } from '../rehearsal/parts.ts';
import { openRehearsal, type Rehearsal, type RehearsalOptions } from '../rehearsal/rehearsal.ts';
import { StuckError } from '../rehearsal/simulated-call.ts';
import { type TranscriptLine, tellLine } from '../rehearsal/transcript.ts';
import { act, armFaults, ImpossibleStep, lostForMs } from './act.ts';
import { checkExpectation, checkRecord } from './check-expectation.ts';
import type { Failure, OpenQuestion } from './failure.ts';
import type { Expectation } from './format.ts';
import type { Hear } from './hear.ts';
import { Moment } from './moment.ts';
import type { Scenario, Step } from './read-scenarios.ts';

export interface PlayOptions {
  flow: AnyStateMachine;
  /** The flow's first language. */
  language: string;
  /** Default: the flow itself. */
  model?: NonNullable<RehearsalOptions['model']>;
  tools?: (clock: Clock) => readonly Tool[];
  /** Hears recordings. */
  hear: Hear;
  /** 0 as it is written; others shake what can differ from call to call. */
  run: number;
}

/** How a scenario went. */
export interface Played {
  failures: readonly Failure[];
  /** For the judge. */
  questions: readonly OpenQuestion[];
  transcript: readonly TranscriptLine[];
  hits: FlowHits;
  turns: readonly Turn[];
  /** How long the call was. */
  callMs: number;
}

/** From the end of the agent's words to the caller's first. */
const REACTION_MS = 300;
/** At least so much of the agent's reply has been heard before somebody slams a door. */
const DOOR_AFTER_MS = 400;
const DOOR_MS = 80;
const DOOR_SHARE = 0.25;

/** Plays a scenario as a whole call; stops at the first step that goes wrong. */
export async function play(scenario: Scenario, options: PlayOptions): Promise<Played> {
  const rehearsal = openRehearsal(rehearsalOptions(scenario, options));
  const performance = new Performance(rehearsal, scenario, options);
  await performance.run();
  return {
    failures: performance.failures,
    questions: performance.questions,
    transcript: performance.transcript,
    hits: rehearsal.trace.hits,
    turns: rehearsal.turns,
    callMs: rehearsal.clock.now(),
  };
}

function rehearsalOptions(scenario: Scenario, options: PlayOptions): RehearsalOptions {
  const { given = {}, language = options.language } = scenario;
  const { facts, transfer, latencies, tools = {} } = given;
  const from = given['caller number'];
  return {
    flow: options.flow,
    language,
    seed: seedOf(scenario.name, options.run),
    shaken: options.run > 0,
    answers: Object.fromEntries(
      Object.entries(tools).map(([name, answers]) => [name, [answers].flat().map(toolAnswer)]),
    ),
    ...(options.model && given.model !== 'flow' && { model: options.model }),
    ...(options.tools && { tools: options.tools }),
    ...(facts && { facts }),
    ...(transfer && { transfer }),
    ...(latencies && { latencies: known(latencies) }),
    ...(from && { from }),
  };
}

function toolAnswer(given: { answers: Record<string, unknown> } | { fails: string }): ToolAnswer {
  return 'answers' in given ? { result: given.answers } : { error: given.fails };
}

function known<Value extends object>(values: Value) {
  const given = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given) as { [K in keyof Value]: Exclude<Value[K], undefined> };
}

function seedOf(name: string, run: number): number {
  return [...name].reduce((hash, letter) => (hash * 31 + (letter.codePointAt(0) ?? 0)) >>> 0, 7) + run;
}

class Performance {
  readonly failures: Failure[] = [];
  readonly questions: OpenQuestion[] = [];
  /** Until the last step that was taken. */
  transcript: readonly TranscriptLine[] = [];
  readonly #rehearsal: Rehearsal;
  readonly #scenario: Scenario;
  readonly #options: PlayOptions;
  #moment: Moment;
  #line: number;

  constructor(rehearsal: Rehearsal, scenario: Scenario, options: PlayOptions) {
    this.#rehearsal = rehearsal;
    this.#scenario = scenario;
    this.#options = options;
    this.#moment = new Moment(rehearsal, 'start');
    this.#line = scenario.line;
    const { confidence, faults } = scenario.given ?? {};
    if (confidence !== undefined) rehearsal.confidence = confidence;
    if (faults) armFaults(rehearsal, faults);
  }

  async run(): Promise<void> {
    try {
      for (const step of this.#scenario.steps) {
        this.#line = step.line;
        await this.#take(step);
        if (this.failures.length > 0) break;
      }
      if (this.failures.length === 0) await this.#rehearsal.untilListening();
    } catch (error) {
      if (!(error instanceof StuckError || error instanceof ImpossibleStep)) throw error;
      const kind = error instanceof ImpossibleStep ? error.kind : 'stuck';
      this.failures.push({ kind, line: this.#line, expected: 'the call to go on', was: error.message });
    }
    this.transcript = [...this.#rehearsal.transcript];
    if (!this.#rehearsal.summary) await this.#rehearsal.end();
  }

  async #take(step: Step): Promise<void> {
    if (await this.#waitsFor(step)) {
      this.#moment = new Moment(this.#rehearsal);
      await act(this.#rehearsal, step, {
        file: this.#scenario.file,
        hear: this.#options.hear,
        varies: this.#options.run > 0,
      });
    } else if (step.fault) await this.#fail(step);
    if (step.expect) await this.#expect(step.expect);
  }

  /** Whether the caller does something; then it is the moment for it. */
  async #waitsFor(step: Step): Promise<boolean> {
    const { fault, expect: _, line: __, ...action } = step;
    if (Object.keys(action).length === 0) return false;
    const much =
      step.after !== undefined
        ? { ms: step.after }
        : step['after words'] !== undefined
          ? { words: step['after words'] }
          : null;
    if (much === null) {
      await this.#settle();
      if (step.silence === undefined && !this.#rehearsal.hasEnded) await this.#rehearsal.pass(REACTION_MS);
    } else if (!(await this.#rehearsal.untilHeard(much)))
      throw new ImpossibleStep('wrong words', 'the agent had finished before; its reply was too short');
    if (this.#rehearsal.hasEnded) throw new ImpossibleStep('wrong ending', 'the call was over');
    return true;
  }

  async #fail({ fault }: Step): Promise<void> {
    if (!fault) return;
    await this.#settle();
    if (fault.line === undefined) return armFaults(this.#rehearsal, fault);
    this.#moment = new Moment(this.#rehearsal);
    armFaults(this.#rehearsal, fault);
    await this.#rehearsal.loseLine(lostForMs(fault.line));
  }

  /** Until the agent has answered. On a real day somebody slams a door meanwhile. */
  async #settle(): Promise<void> {
    const rehearsal = this.#rehearsal;
    const isNoisy = this.#options.run > 0 && rehearsal.random() < DOOR_SHARE;
    if (isNoisy && rehearsal.state === 'floor.replying.speaking')
      await rehearsal.knock(DOOR_AFTER_MS, DOOR_MS);
    await rehearsal.untilListening();
  }

  async #expect(expected: Expectation): Promise<void> {
    await this.#settle();
    const rehearsal = this.#rehearsal;
    const findings = checkExpectation(expected, { rehearsal, moment: this.#moment });
    const record = expected['after the call'];
    if (record) findings.push(...checkRecord(record, await rehearsal.end()));
    this.failures.push(...findings.map(finding => ({ ...finding, line: this.#line })));
    const transcript = rehearsal.transcript.map(tellLine).join('\n');
    for (const statement of expected.judge ?? [])
      this.questions.push({ line: this.#line, statement, transcript });
  }
}
