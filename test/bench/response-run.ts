import { type Floor, type TurnTaking, turnTaking } from '../../machines/turn-taking.ts';
import { CallHost } from '../../runtime/call-host.ts';
import { systemClock as clock } from '../../runtime/clock.ts';
import type { LogEntry } from '../../runtime/journal.ts';
import type { Tool } from '../../runtime/ports.ts';
import {
  scriptedRecognition,
  scriptedSynthesis,
  scriptedVoiceActivity,
} from '../harness/scripted-providers.ts';
import { callStart, quietLog } from '../harness/sim-call.ts';
import { openCounter } from '../harness/test-flows.ts';
import { Histogram, type Spread } from './histogram.ts';
import { ResponseCaller } from './response-caller.ts';
import { CountingModel, type ModelTimes, replyKey, TOOL, type Tokens } from './response-model.ts';
import { TotalsJournal } from './totals-journal.ts';

export interface ResponseTimes extends ModelTimes {
  recognitionMs: number;
  firstAudioMs: number;
}

export interface RunOptions {
  times: ResponseTimes;
  calls: number;
  turns: number;
  /** What differs from the product's own manners, on every floor. */
  manners: Partial<TurnTaking>;
  /** The model asks for a tool before it answers. */
  usesTool: boolean;
  /** Rests of the callers who go on, one after the other; every fifth turn has one. */
  restsMs: readonly number[];
}

export interface RunResult {
  /** From the last voiced frame to the first frame of the answer. */
  response: Spread;
  /** From the eager end of turn to the end of turn, where the guess was right. */
  lead: Spread;
  speculations: number;
  discarded: number;
  /** Of replies that were heard, and of those that were discarded. */
  spent: Tokens;
  wasted: Tokens;
  /** Tools that replies asked for before they were discarded, and that ran although their turn was not certain. */
  toolsAskedInVain: number;
  toolsRun: number;
  toolsRunTooSoon: number;
  spoiled: number;
}

const BYTES_PER_MS = 8;
const LETTER_MS = 6;
/** The share of turns in which a caller goes on after a rest. */
const GOES_ON_EVERY = 5;

/** Calls that go on at the same time in this process, each turn measured. */
export async function run(options: RunOptions): Promise<RunResult> {
  const { times, calls, turns, restsMs } = options;
  const response = new Histogram();
  const turnLog = new TurnLog();
  const model = new CountingModel(clock, times, options.usesTool);
  const synthesis = scriptedSynthesis(clock, times);
  synthesis.bytesPerLetter = LETTER_MS * BYTES_PER_MS;
  const host = new CallHost({
    clock,
    providers: {
      voiceActivity: scriptedVoiceActivity(),
      recognition: scriptedRecognition(clock, times),
      synthesis,
      model,
      tools: [turnLog.tool],
    },
    flow: () => openCounter,
    journal: new TotalsJournal(),
    log: { ...quietLog, error: (fields, message) => console.error(message, fields) },
    voice: 'scripted',
    transferNumber: null,
    turnTaking: withManners(options.manners),
    onCall: call => call.log.listen(entry => turnLog.take(call.start.callId, entry)),
  });

  let spoiled = 0;
  const callers: ResponseCaller[] = [];
  for (let at = 0; at < calls; at++) {
    const caller = new ResponseCaller({
      turns,
      restMs: turn => {
        const number = at * turns + turn;
        return number % GOES_ON_EVERY === 0 ? restsMs[(number / GOES_ON_EVERY) % restsMs.length]! : null;
      },
      answered: (_, ms) => response.add(ms),
      spoiled: () => spoiled++,
    });
    callers.push(caller);
    const start = callStart({ callId: `call-${at}`, callSid: `CA${at}`, startedAt: clock.wallTime() });
    caller.begin(host.begin(start, caller.carrier, `MZ${at}`));
    await new Promise(resolve => setTimeout(resolve, BETWEEN_CALLS_MS));
  }
  await Promise.all(callers.map(({ done }) => done));
  for (const caller of callers) caller.stop();
  host.hangUp();
  await host.idle();
  host.pacer.stop();
  return { response: response.spread(), spoiled, ...turnLog.result(model) };
}

/** Not a multiple of a frame, so that the callers' frames do not all come at once. */
const BETWEEN_CALLS_MS = 53;

function withManners(manners: Partial<TurnTaking>): Record<Floor, TurnTaking> {
  const entries = Object.entries(turnTaking).map(([floor, own]) => [floor, { ...own, ...manners }]);
  return Object.fromEntries(entries) as Record<Floor, TurnTaking>;
}

/** What became of the speculative turns of all calls, as their own event logs say. */
class TurnLog {
  readonly tool: Tool;
  readonly #lead = new Histogram();
  /** When the latest eager end of turn came, by call. */
  readonly #eagerMs = new Map<string, number>();
  /** Speculative turns that were never made certain. */
  readonly #uncertain = new Set<string>();
  #speculations = 0;
  #toolsRun = 0;
  #toolsRunTooSoon = 0;

  constructor() {
    this.tool = {
      name: TOOL,
      description: 'Says how many are left.',
      timeoutMs: 1_000,
      run: async (_, { idempotencyKey }) => {
        this.#toolsRun++;
        if (this.#uncertain.has(idempotencyKey)) this.#toolsRunTooSoon++;
        return { left: 3 };
      },
    };
  }

  take(callId: string, entry: LogEntry): void {
    if (entry.kind === 'event' && entry.event.type === 'caller.mayHaveFinished')
      this.#eagerMs.set(callId, clock.now());
    if (entry.kind !== 'note') return;
    const { note } = entry;
    if (note.type === 'turn.opened') {
      const key = replyKey(callId, note.turn);
      if (note.purpose !== 'answer' || note.utterances.length > 0) return;
      this.#uncertain.add(key);
      this.#speculations++;
    } else if (note.type === 'turn.committed') {
      this.#uncertain.delete(replyKey(callId, note.turn));
      this.#lead.add(clock.now() - this.#eagerMs.get(callId)!);
    }
  }

  result(model: CountingModel) {
    const spent = { prompt: 0, output: 0 };
    const wasted = { prompt: 0, output: 0 };
    let toolsAskedInVain = 0;
    for (const [key, cost] of model.costs) {
      const isWasted = this.#uncertain.has(key);
      const sum = isWasted ? wasted : spent;
      sum.prompt += cost.prompt;
      sum.output += cost.output;
      if (isWasted && cost.askedForTool) toolsAskedInVain++;
    }
    return {
      lead: this.#lead.spread(),
      speculations: this.#speculations,
      discarded: this.#uncertain.size,
      spent,
      wasted,
      toolsAskedInVain,
      toolsRun: this.#toolsRun,
      toolsRunTooSoon: this.#toolsRunTooSoon,
    };
  }
}
