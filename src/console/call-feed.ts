import { flowInfo } from '../../machines/flow-view.ts';
import type { Call } from '../../runtime/call.ts';
import type { CallSummary, LogEntry } from '../../runtime/journal.ts';
import { beganIn } from '../../runtime/moving/began-in.ts';
import type { CallChart, CallCharts } from './call-charts.ts';
import { followElsewhere } from './call-elsewhere.ts';
import { type CallPast, liveCall, type PastsOptions, pastOf } from './call-past.ts';
import { CallStepper, type StepMachines } from './call-steps.ts';
import type { CallOpening, CallStep } from './protocol.ts';
import { CallRedaction } from './redaction/call-redaction.ts';

export interface FeedOptions extends PastsOptions {
  charts: CallCharts;
  machines: StepMachines;
  /** Whether people who look at the call see marks. */
  redacts(start: Pick<CallPast['start'], 'agent'>): boolean;
  /** Whether its audio was kept. */
  hasAudio(callId: string): boolean | Promise<boolean>;
}

interface Parts {
  opening: CallOpening;
  redaction: CallRedaction | null;
  stepper: CallStepper | null;
}

/**
 * A call that somebody looks at: its log as it may be shown, and what each entry led to. Steps are made when they are asked
 * for, once for all who look.
 */
export class CallFeed {
  readonly opening: CallOpening;
  readonly callId: string;
  /** Null for a call that does not run here. */
  readonly live: Call | null;
  /** As they may be shown. */
  readonly entries: LogEntry[] = [];
  readonly steps: CallStep[] = [];
  /** Not looked at yet. */
  #raw: LogEntry[];
  #lastSeq: number;
  readonly #redaction: CallRedaction | null;
  readonly #stepper: CallStepper | null;
  readonly #listeners = new Set<() => void>();
  #summary: CallSummary | null;
  #hasLeft = false;
  #stop = () => {};

  private constructor(past: CallPast, parts: Parts) {
    this.opening = parts.opening;
    this.callId = past.start.callId;
    this.live = past.live;
    this.#redaction = parts.redaction;
    this.#stepper = parts.stepper;
    this.#raw = past.entries;
    this.#lastSeq = past.entries.at(-1)?.seq ?? 0;
    this.#summary = past.summary;
    this.#redaction?.learn(past.entries);
    if (this.#stepper) this.steps.push(this.#shown(this.#stepper.first()));
  }

  /** By the carrier's SID, or by our own id. Null when nobody knows the call. */
  static async open(id: string, options: FeedOptions): Promise<CallFeed | null> {
    // Before anything is waited for: no entry may be missed.
    const heard: LogEntry[] = [];
    let take = (entry: LogEntry): void => {
      heard.push(entry);
    };
    const stop = liveCall(options.live, id)?.log.listen(entry => take(entry)) ?? (() => {});
    try {
      const past = await pastOf(id, options);
      if (!past) return null;
      const feed = new CallFeed(past, await partsFor(past, options));
      for (const entry of heard) feed.#take(entry);
      take = entry => feed.#take(entry);
      feed.#stop = past.live || past.summary ? stop : feed.#followElsewhere(options);
      return feed;
    } catch (error) {
      stop();
      throw error;
    }
  }

  /** Entries that `advance` would bring. */
  get waiting(): number {
    return this.#raw.length;
  }

  /** Looks at up to `most` further entries. */
  advance(most: number): void {
    for (const entry of this.#raw.splice(0, most)) {
      this.entries.push(this.#redaction?.entry(entry, this.#stepper?.view ?? null) ?? entry);
      const step = this.#stepper?.take(entry);
      if (step) this.steps.push(this.#shown(step));
    }
  }

  /** Null while the call lives, and until all its entries have been looked at. */
  get summary(): CallSummary | null {
    if (!this.#summary || this.#raw.length > 0) return null;
    return this.#redaction?.summary(this.#summary) ?? this.#summary;
  }

  ended(summary: CallSummary): void {
    this.#summary = summary;
    this.#tell();
  }

  left(): void {
    this.#hasLeft = true;
    this.#tell();
  }

  /** The call has gone to another node or come from one, and all that was heard of it before has been looked at. */
  get hasLeft(): boolean {
    return this.#hasLeft && this.#raw.length === 0;
  }

  /** Hears that there is more. Returns how to stop. */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** What it knows of the call's personal values; null for a call that is shown as it is. */
  get redaction(): CallRedaction | null {
    return this.#redaction;
  }

  get isWatched(): boolean {
    return this.#listeners.size > 0;
  }

  close(): void {
    this.#stop();
    this.#stepper?.stop();
  }

  #followElsewhere(options: FeedOptions): () => void {
    return followElsewhere(this.callId, this.#lastSeq, options, {
      take: entry => this.#take(entry),
      ended: summary => this.ended(summary),
    });
  }

  #take(entry: LogEntry): void {
    if (entry.seq <= this.#lastSeq) return;
    this.#lastSeq = entry.seq;
    this.#raw.push(entry);
    this.#tell();
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }

  #shown(step: CallStep): CallStep {
    if (!this.#redaction || !step.flow) return step;
    return { ...step, flow: { ...step.flow, facts: this.#redaction.facts(step.flow.facts) } };
  }
}

async function partsFor(past: CallPast, options: FeedOptions): Promise<Parts> {
  const { start, live, summary } = past;
  const chart = await options.charts.of(start);
  const placement = beganIn(past.entries);
  const redaction = options.redacts(start) ? redactionFor(chart) : null;
  const { callSid, callId, node, direction, flow, flowVersion, language, startedAt } = start;
  const { from, to, parameters } = redaction ? redaction.start(start) : start;
  const opening: CallOpening = {
    ...{ callSid, callId, node, direction, flow, flowVersion, language, startedAt, from, to, parameters },
    agent: start.agent ?? 'default',
    placement,
    isHere: live !== null,
    status: live || !summary ? 'live' : 'ended',
    // What of it is personal, the entries tell.
    summary: redaction ? null : summary,
    // A voice cannot be redacted: it is withheld.
    hasAudio: redaction === null && (await options.hasAudio(callId)),
    chart: chart?.is ?? 'none',
    redacted: redaction !== null,
  };
  const stepper = chart && new CallStepper(options.machines.of(chart.machine), start, placement);
  return { opening, redaction, stepper };
}

export function redactionFor(chart: CallChart | null): CallRedaction {
  return new CallRedaction(chart && flowInfo(chart.machine).facts);
}
