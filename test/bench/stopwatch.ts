import { turnTaking } from '../../machines/turn-taking.ts';
import type { Call } from '../../runtime/call.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { LogEntry } from '../../runtime/journal.ts';
import { Histogram, type Spread } from './histogram.ts';
import { waitedForCoreMs } from './load-window.ts';

/** When what happened in one call. */
interface Moments {
  /** The recogniser's final text. */
  finalMs: number | null;
  /** What the providers have taken since then, as it took and as it was scripted. */
  providersMs: number;
  scriptedMs: number;
  /** A reply was prepared before the final text. */
  prepared: boolean;
  voiceMs: number;
  /** The chart was told. */
  spokeMs: number;
}

export interface Times {
  /** Of turns that are thought about only once the caller has finished, and of those prepared before. */
  overhead: Spread;
  preparedOverhead: Spread;
  /** The same, but with the providers' delays as they were asked for: late timers count as ours. */
  strictOverhead: Spread;
  /** From the moment the voice had lasted long enough to the `clear`, and from the chart's event. */
  bargeIn: Spread;
  bargeInChart: Spread;
  /** From the moment the lead had room for a frame to its being handed to the socket. */
  lateness: Spread;
  /** The same, in those seconds alone in which nobody else had our core. */
  undisturbedLateness: Spread;
}

/** A second counts as undisturbed when the process waited for its core no longer than this. */
const UNDISTURBED_MS = 20;
/** Node's timers may go off a little early. */
const TIMERS_EARLY_MS = 2;

/** Takes the times of all calls of the server, from the providers' side and from the calls' own event logs. */
export class Stopwatch {
  readonly #clock: Clock;
  readonly #moments = new Map<string, Moments>();
  /** Calls whose times are not taken, by their SIDs. */
  readonly #apart = new Set<string>();
  readonly #histograms = {
    overhead: new Histogram(),
    preparedOverhead: new Histogram(),
    strictOverhead: new Histogram(),
    bargeIn: new Histogram(),
    bargeInChart: new Histogram(),
    lateness: new Histogram(),
    undisturbedLateness: new Histogram(),
    thisSecond: new Histogram(),
  };
  #secondTimer: NodeJS.Timeout | null = null;
  #waitedMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  watch(call: Call): void {
    const { callId } = call.start;
    call.log.listen(entry => this.#logged(call, this.#of(callId), entry));
    const { lateness, thisSecond } = this.#histograms;
    call.line.playout.onFrameSent = dueMs => {
      if (this.#apart.has(call.start.callSid)) return;
      const lateMs = this.#clock.now() - dueMs;
      lateness.add(lateMs);
      thisSecond.add(lateMs);
    };
  }

  /** Takes the times of the other calls alone. */
  setApart(callSids: readonly string[]): void {
    this.#apart.clear();
    for (const callSid of callSids) this.#apart.add(callSid);
  }

  /** No call is left. */
  forgetAll(): void {
    this.#moments.clear();
  }

  finalText(callId: string): void {
    const moments = this.#of(callId);
    moments.finalMs = this.#clock.now();
    moments.providersMs = 0;
    moments.scriptedMs = 0;
  }

  voiceStarted(callId: string): void {
    const moments = this.#of(callId);
    moments.voiceMs = this.#clock.now();
    moments.prepared = false;
  }

  /** A provider is about to take its time; call what is returned when it emits. */
  providerStarted(callId: string, scriptedMs: number): () => void {
    const moments = this.#of(callId);
    const startedMs = this.#clock.now();
    return () => {
      const endedMs = this.#clock.now();
      const fromMs = Math.max(startedMs, moments.finalMs ?? 0);
      moments.providersMs += endedMs - fromMs;
      moments.scriptedMs += Math.max(0, startedMs + scriptedMs - fromMs);
    };
  }

  start(): void {
    for (const histogram of Object.values(this.#histograms)) histogram.clear();
    this.#waitedMs = waitedForCoreMs() ?? 0;
    this.#secondTimer = setInterval(() => this.#secondPassed(), 1_000);
  }

  read(): Times {
    if (this.#secondTimer) clearInterval(this.#secondTimer);
    const {
      overhead,
      preparedOverhead,
      strictOverhead,
      bargeIn,
      bargeInChart,
      lateness,
      undisturbedLateness,
    } = this.#histograms;
    return {
      overhead: overhead.spread(),
      preparedOverhead: preparedOverhead.spread(),
      strictOverhead: strictOverhead.spread(),
      bargeIn: bargeIn.spread(),
      bargeInChart: bargeInChart.spread(),
      lateness: lateness.spread(),
      undisturbedLateness: undisturbedLateness.spread(),
    };
  }

  #secondPassed(): void {
    const { thisSecond, undisturbedLateness } = this.#histograms;
    const waitedMs = waitedForCoreMs() ?? 0;
    if (waitedMs - this.#waitedMs <= UNDISTURBED_MS) undisturbedLateness.addAll(thisSecond);
    this.#waitedMs = waitedMs;
    thisSecond.clear();
  }

  #logged(call: Call, moments: Moments, entry: LogEntry): void {
    if (this.#apart.has(call.start.callSid)) moments.finalMs = null;
    else if (entry.kind === 'event') {
      if (entry.event.type === 'caller.spoke') moments.spokeMs = this.#clock.now();
      else if (entry.event.type === 'caller.mayHaveFinished') moments.prepared = true;
      else if (entry.event.type === 'caller.wentOn') moments.prepared = false;
    } else if (entry.kind === 'note') {
      if (entry.note.type === 'voice.firstFrame') this.#spoke(moments);
      else if (entry.note.type === 'turn.heard' && entry.note.interrupted) this.#interrupted(call, moments);
    }
  }

  #spoke(moments: Moments): void {
    if (moments.finalMs === null) return;
    const wholeMs = this.#clock.now() - moments.finalMs;
    moments.finalMs = null;
    if (moments.prepared) this.#histograms.preparedOverhead.add(wholeMs - moments.providersMs);
    else {
      this.#histograms.overhead.add(wholeMs - moments.providersMs);
      this.#histograms.strictOverhead.add(wholeMs - moments.scriptedMs);
    }
  }

  #interrupted(call: Call, moments: Moments): void {
    const nowMs = this.#clock.now();
    if (call.isOver) return;
    this.#histograms.bargeInChart.add(nowMs - moments.spokeMs);
    // The floor has changed by now; it was the agent's. One that is interrupted sooner had not begun to speak.
    const lateMs = nowMs - moments.voiceMs - turnTaking.speaking.minSpeechMs;
    if (lateMs > -TIMERS_EARLY_MS) this.#histograms.bargeIn.add(lateMs);
  }

  #of(callId: string): Moments {
    let moments = this.#moments.get(callId);
    if (!moments) {
      moments = { finalMs: null, providersMs: 0, scriptedMs: 0, prepared: false, voiceMs: 0, spokeMs: 0 };
      this.#moments.set(callId, moments);
    }
    return moments;
  }
}
