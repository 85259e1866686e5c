import type { Call } from '../../runtime/call.ts';
import type { LogEntry } from '../../runtime/journal.ts';
import { nodeOf, stateName } from '../call-views.ts';
import type { CallRow } from './protocol.ts';
import { redactStart } from './redaction/call-redaction.ts';

/** Who hears and speaks on a call. */
export interface CallParties {
  recognition: string;
  synthesis: string;
}

export interface RowOptions {
  partiesOf(call: Call): CallParties;
  redacts(start: Pick<Call['start'], 'agent'>): boolean;
}

/** A call's line in the list, worked out again only from what has happened since. */
export class LiveRow {
  readonly call: Call;
  readonly #steady: Omit<
    CallRow,
    | 'placement'
    | 'state'
    | 'flowState'
    | 'speaking'
    | 'turns'
    | 'model'
    | 'responseMs'
    | 'costUsd'
    | 'warnings'
  >;
  #turns = 0;
  #turnsHaveChanged = true;
  #model: string | null = null;
  #costUsd: number | null = null;
  #responseMs: number | null = null;
  #last: CallRow | null = null;

  constructor(call: Call, { partiesOf, redacts }: RowOptions) {
    const { callSid, callId, direction, flow, flowVersion, startedAt, agent = 'default' } = call.start;
    const { from, to } = redacts(call.start) ? redactStart(call.start) : call.start;
    this.call = call;
    this.#steady = {
      ...{ callSid, callId, direction, from, to, agent, flow, flowVersion, startedAt },
      node: nodeOf(call),
      cameFrom: call.record.moves.at(-1)?.from ?? null,
      ...partiesOf(call),
    };
    for (const turn of call.record.turns()) {
      for (const { model, costUsd } of turn.usage) this.#spend(model, costUsd);
      if (turn.purpose === 'answer') this.#responseMs = turn.stages.firstFrameMs ?? this.#responseMs;
    }
  }

  /** An entry of the call's log, after the record has taken it in. */
  take(entry: LogEntry): void {
    if (entry.kind !== 'note') return;
    const { note } = entry;
    if (note.type === 'turn.opened' || note.type === 'turn.committed' || note.type === 'turn.heard')
      this.#turnsHaveChanged = true;
    else if (note.type === 'reply.usage') this.#spend(note.usage.model, note.usage.costUsd);
    else if (note.type === 'voice.firstFrame') this.#answered(note.turn);
  }

  /** As the call is now. */
  row(): CallRow {
    const { call } = this;
    if (this.#turnsHaveChanged) this.#turns = call.record.turns().length;
    this.#turnsHaveChanged = false;
    const state = stateName(call.state);
    this.#last = {
      ...this.#steady,
      placement: call.placement,
      state,
      flowState: call.flowState ?? '',
      speaking: speaking(call, state),
      turns: this.#turns,
      model: this.#model,
      responseMs: this.#responseMs,
      costUsd: this.#costUsd,
      warnings: call.record.warnings,
    };
    return this.#last;
  }

  /** As it is now, if that differs from what it was the last time. */
  change(): CallRow | null {
    const before = this.#last;
    const now = this.row();
    const names = Object.keys(now) as (keyof CallRow)[];
    return before && names.every(name => before[name] === now[name]) ? null : now;
  }

  #spend(model: string, costUsd: number | null): void {
    this.#model = model;
    if (costUsd !== null) this.#costUsd = (this.#costUsd ?? 0) + costUsd;
  }

  #answered(id: number): void {
    const turn = this.call.record.turn(id);
    if (turn?.purpose === 'answer') this.#responseMs = turn.stages.firstFrameMs;
  }
}

function speaking(call: Call, state: string): CallRow['speaking'] {
  if (call.hasTag('agentTalking')) return 'agent';
  return /\.(hearing|keying)$/.test(state) ? 'caller' : 'nobody';
}
