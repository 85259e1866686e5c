import { readFile, writeFile } from 'node:fs/promises';
import { type Clock, systemClock } from '../../runtime/clock.ts';
import { type CallOptions, type PhoneCall, placeCall } from '../caller/phone-call.ts';
import { type Action, type CallerTurn, runScript, type ScriptEnd } from '../caller/script.ts';
import { StereoRecorder } from '../caller/stereo-recorder.ts';
import { speakLines } from '../caller/text-to-speech.ts';
import { readWav } from '../caller/wav.ts';
import { ServerUnreachable } from '../caller/webhooks.ts';
import { CallAccount } from './call-account.ts';
import { CallTranscript } from './call-transcript.ts';

const TRANSCRIPT_EVERY_MS = 1_000;
const INTERRUPTED_EXIT_CODE = 130;

export type PlannedTurn = { do: 'say' | 'wav' | 'keys'; value: string } | { do: 'dropLine' };

export interface BargeIn {
  /** Counted from 1. */
  turn: number;
  /** How long the agent has been speaking then. */
  forMs: number;
}

export interface CallPlan {
  serverUrl: string;
  fallbackUrl: string | null;
  turns: readonly PlannedTurn[];
  bargeIns: readonly BargeIn[];
  recordFile: string | null;
  from: string;
  to: string;
  publicUrl: string | null;
  accountSid: string | null;
  authToken: string | null;
  apiKey: string | null;
  patienceMs: number;
  timeoutMs: number;
  ending: 'hangUp' | 'wait';
}

/** Places the call and gives the exit code: 0 when it went by plan, 130 after Ctrl-C, else 1. */
export async function runCall(
  plan: CallPlan,
  print: (line: string) => void,
  clock: Clock = systemClock,
): Promise<number> {
  try {
    return await follow(plan, print, clock);
  } catch (error) {
    print(explain(error as Error));
    return 1;
  }
}

async function follow(plan: CallPlan, print: (line: string) => void, clock: Clock): Promise<number> {
  const turns = await prepareTurns(plan);
  const account = new CallAccount(print, clock);
  const recorder = plan.recordFile === null ? null : new StereoRecorder(clock);
  const stop = new Stop(clock, plan.timeoutMs);
  const nodes = [plan.serverUrl, ...(plan.fallbackUrl === null ? [] : [plan.fallbackUrl])];
  const transcript = new CallTranscript(nodes, plan.apiKey, account);

  try {
    const call = await placeCall(plan.serverUrl, callOptions(plan, clock, recorder), placed => {
      account.follow(placed);
      stop.watch(placed);
    });
    transcript.follow(call.callSid, clock, TRANSCRIPT_EVERY_MS);
    const { patienceMs, ending } = plan;
    const onTurn = (turn: CallerTurn) => account.turn(turn);
    const end = await runScript(call, turns, { clock, patienceMs, ending, onTurn });
    await transcript.finish();
    account.summary(end, turns.length, stop.because);
    return exitCode(end, account.protocolErrors, stop.because);
  } finally {
    stop.release();
    transcript.stop();
    if (recorder && recorder.durationMs > 0) await keep(recorder, plan.recordFile!, print);
  }
}

function exitCode(end: ScriptEnd, protocolErrors: number, stopped: Stop['because']): number {
  if (stopped === 'interrupted') return INTERRUPTED_EXIT_CODE;
  return end.byPlan && protocolErrors === 0 && stopped === null ? 0 : 1;
}

async function keep(recorder: StereoRecorder, file: string, print: (line: string) => void): Promise<void> {
  try {
    await writeFile(file, recorder.toWav());
    print(`Recorded in ${file}: caller left, agent right.`);
  } catch (error) {
    throw new Error(`The recording could not be kept in ${file}: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/** Everything the caller will say, before the telephone rings. */
async function prepareTurns({ turns, bargeIns }: CallPlan): Promise<CallerTurn[]> {
  const beyond = bargeIns.find(({ turn }) => turn > turns.length);
  if (beyond)
    throw new Error(`--barge-in ${beyond.turn}:${beyond.forMs}: there are only ${turns.length} turns.`);

  const lines = turns.flatMap(turn => (turn.do === 'say' ? [turn.value] : []));
  const spoken = await speakLines(lines);
  const actions: Action[] = [];
  for (const turn of turns) actions.push(await actionOf(turn, spoken));

  return actions.map((action, index) => {
    const bargeIn = bargeIns.find(({ turn }) => turn === index + 1);
    const cue = bargeIn
      ? ({ when: 'agentSpeaking', forMs: bargeIn.forMs } as const)
      : ({ when: 'agentFinished' } as const);
    return { cue, action };
  });
}

async function actionOf(turn: PlannedTurn, spoken: Uint8Array[]): Promise<Action> {
  if (turn.do === 'dropLine') return { do: 'dropLine' };
  if (turn.do === 'keys') return { do: 'press', keys: turn.value };
  if (turn.do === 'say') return { do: 'say', audio: spoken.shift()!, label: turn.value };
  return { do: 'say', audio: await readSpeech(turn.value), label: turn.value };
}

async function readSpeech(file: string): Promise<Uint8Array> {
  try {
    return readWav(await readFile(file));
  } catch (error) {
    throw new Error(`${file}: ${(error as Error).message}`, { cause: error });
  }
}

function callOptions(plan: CallPlan, clock: Clock, recorder: StereoRecorder | null): CallOptions {
  const { from, to, publicUrl, fallbackUrl, accountSid, authToken } = plan;
  return {
    from,
    to,
    clock,
    ...(publicUrl !== null && { publicUrl }),
    ...(fallbackUrl !== null && { fallbackUrl }),
    ...(accountSid !== null && { accountSid }),
    ...(authToken !== null && { authToken }),
    ...(recorder && { recorder }),
  };
}

function explain(error: Error): string {
  if (!(error instanceof ServerUnreachable)) return error.message;
  return `${error.message} Start one with \`npm start\` in another terminal, or name another with --server URL.`;
}

/** Hangs up before the plan is through: on Ctrl-C (once; the second ends the process) or when time is up. */
class Stop {
  because: 'interrupted' | 'timeout' | null = null;
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  #release = () => {};

  constructor(clock: Clock, timeoutMs: number) {
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
  }

  watch(call: PhoneCall): void {
    const hangUp = (because: Stop['because']) => {
      this.because ??= because;
      void call.hangUp();
    };
    const interrupted = () => hangUp('interrupted');
    const timer = this.#clock.setTimeout(() => hangUp('timeout'), this.#timeoutMs);
    process.once('SIGINT', interrupted);
    process.once('SIGTERM', interrupted);
    this.#release = () => {
      this.#clock.clearTimeout(timer);
      process.off('SIGINT', interrupted);
      process.off('SIGTERM', interrupted);
    };
  }

  release(): void {
    this.#release();
  }
}
