import type { CallEvent, Outcome } from '../machines/call-events.ts';
import type { Facts } from '../machines/flow.ts';
import type {
  CallStart,
  CallSummary,
  LogEntry,
  Move,
  Note,
  Placed,
  SaidToSupervisor,
  StageTimes,
  Turn,
} from './journal.ts';
import type { AudioMeasure } from './media/audio-quality.ts';
import type { Message } from './ports.ts';
import { Questions } from './questions.ts';
import { Supervision } from './supervision.ts';

interface Utterance {
  text: string;
  confidence: number;
  by: 'voice' | 'keypad' | 'text';
  atMs: number;
  endpointMs: number | null;
  audio: AudioMeasure | null;
}

type Draft<T> = { -readonly [K in keyof T]: T[K] };
type TurnDraft = Draft<Omit<Turn, 'choices' | 'tools' | 'explanations' | 'usage'>> & {
  choices: string[];
  tools: Turn['tools'][number][];
  explanations: string[];
  usage: Turn['usage'][number][];
  utterances: readonly number[];
  sentences: { text: string; isFiller: boolean }[];
  /** What was heard of the reply proper, without the fillers. */
  heardProper: string;
  reason: string | null;
};

/**
 * What happened in a call, as people read it: nothing but a fold over its event log, so that it can be built again from
 * the log at any time.
 */
export class CallRecord {
  readonly supervision = new Supervision();
  readonly questions = new Questions();
  /** Where the call went on after its beginning, in order. */
  readonly moves: Move[] = [];
  readonly #utterances = new Map<number, Utterance>();
  readonly #turns = new Map<number, TurnDraft>();
  readonly #endpoints = new Map<number, Extract<Note, { type: 'endpoint' }>>();
  readonly #placed: Placed[] = [];
  #facts: Facts = {};
  #warnings = 0;

  static of(entries: Iterable<LogEntry>): CallRecord {
    const record = new CallRecord();
    for (const entry of entries) record.apply(entry);
    return record;
  }

  apply(entry: LogEntry): void {
    if (entry.kind === 'event') this.#applyEvent(entry.event, entry.atMs);
    else if (entry.kind === 'note') this.#applyNote(entry.note, entry.atMs);
  }

  utterance(id: number): Utterance | undefined {
    return this.#utterances.get(id);
  }

  get lastUtterance(): number {
    return Math.max(0, ...this.#utterances.keys());
  }

  get lastTurn(): number {
    return Math.max(0, ...this.#turns.keys());
  }

  turn(id: number): Turn | undefined {
    const draft = this.#turns.get(id);
    return draft && this.#finished(draft);
  }

  /** How often something went wrong that the call survived. */
  get warnings(): number {
    return this.#warnings;
  }

  /** Ids of the tool calls whose outcome the flow and the model were told. */
  get toldTools(): readonly string[] {
    return [...this.#turns.values()].flatMap(({ tools }) => tools.map(({ id }) => id));
  }

  /** What a turn is about, as far as it is certain. */
  utterancesOf(turn: number): readonly number[] {
    return this.#turns.get(turn)?.utterances ?? [];
  }

  /** How many of the latest answers in a row were "I did not understand". */
  get misunderstood(): number {
    let count = 0;
    for (const turn of [...this.#turns.values()].reverse()) {
      if (turn.purpose !== 'answer' || turn.reason === null) continue;
      if (turn.reason !== 'notUnderstood') break;
      count++;
    }
    return count;
  }

  /** What the agent has said in a turn, heard or not, without the fillers. */
  properWordsOf(turn: number): string {
    const sentences = this.#turns.get(turn)?.sentences ?? [];
    return textOf(sentences.filter(({ isFiller }) => !isFiller));
  }

  /**
   * The conversation as both sides heard it, before `turn`. Without the fillers: a model that reads them among its own words
   * begins to say them by itself.
   */
  messages(beforeTurn: number): Message[] {
    const messages: Message[] = [];
    for (const turn of this.#turns.values()) {
      if (turn.turn >= beforeTurn) break;
      if (turn.caller) {
        const { text, by, confidence } = turn.caller;
        messages.push({ role: 'caller', text, ...(by === 'voice' && { confidence }) });
      }
      if (turn.heardProper) messages.push({ role: 'agent', text: turn.heardProper });
      for (const { utterance, afterTurn } of this.supervision.heard)
        if (afterTurn === turn.turn) messages.push({ role: 'caller', text: this.utterance(utterance)!.text });
    }
    return messages;
  }

  turns(): Turn[] {
    return [...this.#turns.values()].filter(leftTrace).map(draft => this.#finished(draft));
  }

  /** `unanswered` as the chart counted it; without a chart, what no turn was ever about. */
  summarise(
    start: CallStart,
    end: {
      endedAt: number;
      outcome: Outcome;
      facts?: Facts;
      flowState?: string;
      unanswered?: readonly number[];
    },
  ): CallSummary {
    const unanswered = end.unanswered ?? this.loose;
    const { acts, heard } = this.supervision;
    const said = heard.map(({ utterance }) => this.#saidToSupervisor(utterance));
    return {
      ...start,
      endedAt: end.endedAt,
      outcome: end.outcome,
      turns: this.turns(),
      unanswered: unanswered.map(id => this.#utterances.get(id)?.text ?? ''),
      facts: end.facts ?? this.#facts,
      ...(end.flowState !== undefined && { flowState: end.flowState }),
      ...(acts.length > 0 && { supervision: { acts: [...acts], said } }),
      ...(this.moves.length > 0 && { moves: [...this.moves] }),
      ...(this.#placed.length > 0 && { placement: [...this.#placed] }),
    };
  }

  /** Utterances that nobody has taken up. */
  get loose(): readonly number[] {
    const taken = new Set([
      ...[...this.#turns.values()].flatMap(turn => turn.utterances),
      ...this.supervision.heard.map(({ utterance }) => utterance),
    ]);
    return [...this.#utterances.keys()].filter(id => !taken.has(id));
  }

  #saidToSupervisor(id: number): SaidToSupervisor {
    const { atMs, text, confidence, by } = this.#utterances.get(id) as Utterance;
    return { atMs, text, confidence, by };
  }

  #applyEvent(event: CallEvent, atMs: number): void {
    this.supervision.applyEvent(event, atMs, this);
    this.questions.applyEvent(event, atMs);
    switch (event.type) {
      case 'caller.finished':
        this.#utterances.set(event.utterance, {
          text: event.text,
          confidence: event.confidence,
          by: event.by,
          atMs,
          endpointMs: this.#endpoints.get(event.utterance)?.sinceMs ?? null,
          audio: this.#endpoints.get(event.utterance)?.audio ?? null,
        });
        return;
      case 'reply.chose':
        this.#choose(event.turn, event.choice);
        this.#facts = { ...this.#facts, ...event.facts };
        return;
      case 'tools.finished':
        this.#turns.get(event.turn)?.tools.push(...event.results);
        return;
    }
  }

  #applyNote(note: Note, atMs: number): void {
    this.supervision.applyNote(note);
    this.questions.applyNote(note, atMs);
    if (note.type === 'warning') {
      this.#warnings++;
      return;
    }
    if (note.type === 'call.moved') {
      const { type: _, ...move } = note;
      this.moves.push({ atMs, ...move });
      return;
    }
    if (note.type === 'placement.decided') {
      const { decision, text } = note;
      this.#placed.push({ atMs, decision, text });
      return;
    }
    if (note.type === 'endpoint') {
      this.#endpoints.set(note.utterance, note);
      return;
    }
    if (note.type === 'turn.opened') {
      this.#open(note, atMs);
      return;
    }
    const turn = 'turn' in note ? this.#turns.get(note.turn) : undefined;
    if (!turn) return;

    switch (note.type) {
      case 'turn.committed':
        this.#take(turn, note.utterances);
        return;
      case 'reply.firstToken':
        turn.stages = { ...turn.stages, firstTokenMs: turn.stages.firstTokenMs ?? this.#since(turn, atMs) };
        return;
      case 'reply.sentence':
        turn.sentences = turn.sentences.toSpliced(note.index, 1, {
          text: note.text,
          isFiller: note.isFiller ?? false,
        });
        return;
      case 'reply.explained':
        turn.explanations.push(note.text);
        return;
      case 'reply.usage':
        turn.usage.push(note.usage);
        return;
      case 'reply.ended':
        turn.reason = note.reason;
        return;
      case 'voice.firstAudio':
        turn.stages = { ...turn.stages, firstAudioMs: turn.stages.firstAudioMs ?? this.#since(turn, atMs) };
        return;
      case 'voice.firstFrame':
        turn.stages = { ...turn.stages, firstFrameMs: this.#since(turn, atMs) };
        return;
      case 'voice.firstMark':
        turn.stages = { ...turn.stages, firstMarkMs: this.#since(turn, atMs) };
        return;
      case 'overhead':
        turn.stages = { ...turn.stages, overheadMs: note.ms };
        return;
      case 'turn.heard':
        turn.agent = { ...turn.agent, heard: note.text, interrupted: note.interrupted };
        turn.heardProper = note.withoutFillers ?? note.text;
        return;
    }
  }

  #choose(id: number, choice: string): void {
    const turn = this.#turns.get(id);
    // Not `push`: it makes room for sixteen more, in every turn of every call.
    if (turn) turn.choices = turn.choices.concat(choice);
  }

  #open(note: Extract<Note, { type: 'turn.opened' }>, atMs: number): void {
    const turn: TurnDraft = {
      turn: note.turn,
      purpose: note.purpose,
      atMs,
      caller: null,
      agent: { generated: '', heard: '', interrupted: false },
      choices: [],
      tools: [],
      explanations: [],
      usage: [],
      stages: noStages(),
      utterances: [],
      sentences: [],
      heardProper: '',
      reason: null,
    };
    this.#turns.set(note.turn, turn);
    this.#take(turn, note.utterances);
  }

  /** Utterances that an abandoned turn was about move to the turn that answers them. */
  #take(turn: TurnDraft, ids: readonly number[]): void {
    if (ids.length === 0) return;
    for (const earlier of this.#turns.values()) {
      if (earlier === turn || !earlier.utterances.some(id => ids.includes(id))) continue;
      earlier.utterances = earlier.utterances.filter(id => !ids.includes(id));
      earlier.caller = this.#wordsOf(earlier.utterances);
    }
    turn.utterances = ids;
    turn.caller = this.#wordsOf(ids);
    const last = this.#utterances.get(ids.at(-1) ?? 0);
    if (last) turn.stages = { ...turn.stages, endpointMs: last.endpointMs };
  }

  #wordsOf(ids: readonly number[]): Turn['caller'] {
    const said = ids.map(id => this.#utterances.get(id)).filter(utterance => utterance !== undefined);
    const last = said.at(-1);
    if (!last) return null;
    return {
      text: said.map(utterance => utterance.text).join(' '),
      confidence: Math.min(...said.map(utterance => utterance.confidence)),
      by: last.by,
    };
  }

  /** From the end of the caller's turn, or from the turn's opening when the agent speaks of its own accord. */
  #since(turn: TurnDraft, atMs: number): number {
    const last = this.#utterances.get(turn.utterances.at(-1) ?? 0);
    return atMs - (last?.atMs ?? turn.atMs);
  }

  #finished(draft: TurnDraft): Turn {
    const { utterances: _, sentences, heardProper: __, reason, ...turn } = draft;
    const told = { ...turn, agent: { ...turn.agent, generated: textOf(sentences) } };
    return reason === 'notUnderstood' ? { ...told, notUnderstood: true } : told;
  }
}

function textOf(sentences: readonly { text: string }[]): string {
  return sentences.map(({ text }) => text).join(' ');
}

/** A reply that was only guessed at, or given up before a word of it was heard, is no part of the conversation. */
function leftTrace({ purpose, utterances, agent, choices, tools }: TurnDraft): boolean {
  return purpose !== 'answer' || utterances.length + choices.length + tools.length > 0 || agent.heard !== '';
}

function noStages(): StageTimes {
  return {
    endpointMs: null,
    firstTokenMs: null,
    firstAudioMs: null,
    firstFrameMs: null,
    firstMarkMs: null,
    overheadMs: null,
  };
}
