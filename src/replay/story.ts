import type { AnyMachineSnapshot, AnyStateMachine } from 'xstate';
import type { AnsweredBy, FlowEvent } from '../../machines/flow.ts';
import type { FlowView } from '../../machines/flow-view.ts';
import { CallRecord } from '../../runtime/call-record.ts';
import type { LogEntry, Note, Turn } from '../../runtime/journal.ts';
import { beganIn } from '../../runtime/moving/began-in.ts';
import { Replayer } from '../../runtime/replay.ts';
import { viewOf } from './flow-views.ts';
import { type PlaceNews, placeNewsOf } from './place-news.ts';
import type { RecordedCall } from './recorded-call.ts';
import { callMachineWith } from './steps.ts';
import { RecordedTools, type ToolRequest } from './tool-results.ts';

/** What the caller said in one turn, as it was answered. */
export interface Words {
  text: string;
  by: AnsweredBy;
  confidence: number;
}

interface BeatBase {
  /** Of the entry of the log that it happened at. */
  seq: number;
  atMs: number;
  turn: number;
  /** The flow before and after it. */
  before: FlowView;
  after: FlowView;
  /** The caller cut the agent off in this turn. */
  interrupted: boolean;
}

/** Something that a conversation turns on: what the flow was told, or words that led it nowhere. */
export type Beat = BeatBase &
  (
    | { kind: 'choice'; event: FlowEvent; words: Words | null; isFirstOfTurn: boolean }
    /** `misunderstood`: the question was asked again; otherwise a model answered without a choice. */
    | { kind: 'noChoice'; words: Words; misunderstood: boolean }
    /** `request` is null where the log does not hold it. */
    | { kind: 'tool'; event: FlowEvent; request: ToolRequest | null }
    | { kind: 'transferFailed'; event: FlowEvent }
  );

/** A call as its flow lived it. */
export interface Story {
  call: RecordedCall;
  opening: FlowView;
  beats: readonly Beat[];
  /** Where the call was worked on, and why. */
  places: readonly PlaceNews[];
  tools: RecordedTools;
  /** How it ended, by the chart; by the record where the log breaks off. */
  outcome: string;
  endMs: number;
  /** Timers that today's call chart has not armed: another version of it wrote the log. */
  strayTimers: number;
}

/** Reads a call's story from its log, with the flow that the call followed. */
export function storyOf(call: RecordedCall, flow: AnyStateMachine): Story {
  const reader = new StoryReader(call, flow);
  for (const entry of call.entries) reader.read(entry);
  return reader.finish();
}

/** Where the flow stood at an entry of the log. */
interface Place {
  seq: number;
  atMs: number;
  snapshot: AnyMachineSnapshot;
}

interface Move extends Place {
  turn: number;
  event: FlowEvent;
  before: AnyMachineSnapshot;
  request: ToolRequest | null;
}

class StoryReader {
  readonly #call: RecordedCall;
  readonly #replayer: Replayer;
  readonly #opening: AnyMachineSnapshot;
  readonly #record = new CallRecord();
  readonly #tools = new RecordedTools();
  readonly #moves: Move[] = [];
  readonly #places: PlaceNews[] = [];
  /** By turn: where the flow stood when the caller's words were taken up, and how the reply to them ended. */
  readonly #takenUp = new Map<number, Place>();
  readonly #reasons = new Map<number, string>();
  #flow: AnyMachineSnapshot;
  #strayTimers = 0;

  constructor(call: RecordedCall, flow: AnyStateMachine) {
    this.#call = call;
    this.#replayer = new Replayer(callMachineWith(flow), { ...call.start, placement: beganIn(call.entries) });
    const opening = this.#replayer.flow;
    if (!opening) throw new Error('The call chart has no flow to replay.');
    this.#opening = opening;
    this.#flow = opening;
  }

  read(entry: LogEntry): void {
    this.#record.apply(entry);
    const news = placeNewsOf(entry, () => this.#replayer.snapshot.hasTag('agentTalking'));
    if (news) this.#places.push(news);
    if (entry.kind === 'note') {
      this.#readNote(entry.note, entry);
      return;
    }
    if (entry.kind === 'event') this.#tools.note(entry.event);
    const { moves, isStray } = this.#replayer.take(entry);
    if (isStray) this.#strayTimers++;
    for (const { event, snapshot } of moves) {
      const { seq, atMs } = entry;
      this.#moves.push({ seq, atMs, event, before: this.#flow, snapshot, ...this.#about(entry) });
      this.#flow = snapshot;
    }
  }

  finish(): Story {
    const { output } = this.#replayer.snapshot;
    this.#replayer.stop();
    const turns = new Map(this.#record.turns().map(turn => [turn.turn, turn]));
    const beats = [...this.#beatsOfMoves(turns), ...this.#beatsWithoutChoice(turns)];
    return {
      call: this.#call,
      opening: this.#view(this.#opening),
      beats: beats.sort((one, other) => one.seq - other.seq),
      places: this.#places,
      tools: this.#tools,
      outcome: output?.outcome ?? this.#call.outcome ?? 'interrupted',
      endMs: this.#call.entries.at(-1)?.atMs ?? 0,
      strayTimers: this.#strayTimers,
    };
  }

  #readNote(note: Note, { seq, atMs }: LogEntry): void {
    if (note.type === 'reply.ended') this.#reasons.set(note.turn, note.reason);
    else if (note.type === 'turn.opened' || note.type === 'turn.committed')
      if (note.utterances.length > 0) this.#takenUp.set(note.turn, { seq, atMs, snapshot: this.#flow });
  }

  #about(entry: LogEntry): Pick<Move, 'turn' | 'request'> {
    const event = entry.kind === 'event' ? entry.event : null;
    const first = event?.type === 'tools.finished' ? event.results[0] : undefined;
    return {
      turn: event && 'turn' in event ? event.turn : this.#record.lastTurn,
      request: first ? this.#tools.request(first.id) : null,
    };
  }

  #beatsOfMoves(turns: ReadonlyMap<number, Turn>): Beat[] {
    const chosen = new Set<number>();
    return this.#moves.map(({ seq, atMs, turn, event, before, snapshot, request }): Beat => {
      const interrupted = turns.get(turn)?.agent.interrupted ?? false;
      const views = { before: this.#view(before), after: this.#view(snapshot) };
      const base = { seq, atMs, turn, interrupted, ...views };
      if (event.type === 'transfer.failed') return { ...base, kind: 'transferFailed', event };
      if ('tool' in event) return { ...base, kind: 'tool', event, request };
      const isFirstOfTurn = !chosen.has(turn);
      chosen.add(turn);
      return { ...base, kind: 'choice', event, words: turns.get(turn)?.caller ?? null, isFirstOfTurn };
    });
  }

  /** Words that nobody answered before the call ended are no part of what the flow did. */
  #beatsWithoutChoice(turns: ReadonlyMap<number, Turn>): Beat[] {
    return [...this.#takenUp].flatMap(([turn, { seq, atMs, snapshot }]): Beat[] => {
      const { caller, agent, choices } = turns.get(turn) ?? {};
      const reason = this.#reasons.get(turn);
      if (!caller || !agent?.generated || choices?.length || reason === 'waitForMore') return [];
      const here = this.#view(snapshot);
      const { interrupted } = agent;
      const misunderstood = reason === 'notUnderstood';
      return [
        {
          seq,
          atMs,
          turn,
          interrupted,
          before: here,
          after: here,
          kind: 'noChoice',
          words: caller,
          misunderstood,
        },
      ];
    });
  }

  #view(snapshot: AnyMachineSnapshot): FlowView {
    return viewOf(snapshot, this.#call.start.language);
  }
}
