import type { LogEntry, Turn } from '../shell/types.ts';
import { type Incident, incidentOf, isNodesDeath, type Move, moveText } from './incidents.ts';

type Event = Extract<LogEntry, { kind: 'event' }>['event'];
type Note = Extract<LogEntry, { kind: 'note' }>['note'];

export interface CallerWords {
  atMs: number;
  text: string;
  confidence: number;
  by: 'voice' | 'keypad' | 'text';
}

export interface ToolStory {
  id: string;
  name: string;
  input: Readonly<Record<string, unknown>> | null;
  askedAtMs: number;
  done: { atMs: number; result: Readonly<Record<string, unknown>> | null; error: string | null } | null;
}

/** A reply as it stood at a moment. */
export interface TurnStory {
  is: 'turn';
  turn: number;
  purpose: string;
  atMs: number;
  /** Grows with every entry that touched it. */
  revision: number;
  utterances: readonly number[];
  caller: CallerWords | null;
  sentences: readonly { text: string; isFiller: boolean; atMs: number }[];
  heard: { text: string; interrupted: boolean; atMs: number } | null;
  /** When the node died on which it came about: nobody knows how much of it was heard. */
  cutOffMs: number | null;
  choices: readonly { choice: string; facts: Readonly<Record<string, unknown>> }[];
  tools: readonly ToolStory[];
  explanations: readonly string[];
  usage: Turn['usage'];
  failures: readonly string[];
  ended: string | null;
  times: TurnTimes;
}

/** From the call's start. A reply may be begun before the caller is known to have finished. */
export interface TurnTimes {
  /** The caller's turn was at its end; of a reply of the agent's own accord, when it was decided on. */
  endMs: number;
  /** How long it took to be sure of that, before. */
  endpointMs: number | null;
  firstTokenMs: number | null;
  firstAudioMs: number | null;
  /** The first sound that left for the caller. */
  firstFrameMs: number | null;
  firstMarkMs: number | null;
  /** No moment: our own share of the time to the first frame. */
  overheadMs: number | null;
}

export type StoryItem =
  | TurnStory
  /** Words that no reply is about yet. */
  | { is: 'unanswered'; utterance: number; words: CallerWords; atMs: number }
  /** Something that happened to the call. */
  | ({ is: 'incident'; seq: number; atMs: number } & Incident);

/** Where the call went on elsewhere. */
export type MoveItem = Extract<StoryItem, { is: 'incident' }> & { tone: 'move' };

export function movesOf({ items }: Pick<Story, 'items'>): MoveItem[] {
  return items.filter((item): item is MoveItem => item.is === 'incident' && item.tone === 'move');
}

export interface Story {
  items: readonly StoryItem[];
  /** The caller speaks at this moment; the words so far, where they are known. */
  speaking: { sinceMs: number; text: string } | null;
  /** When the caller's voice was heard, for the timeline. */
  callerSpans: readonly { fromMs: number; toMs: number }[];
}

type Draft = { -readonly [K in keyof TurnStory]: TurnStory[K] };

/** Names an item for as long as the call is looked at. */
export function keyOf(item: StoryItem): string {
  if (item.is === 'turn') return `t${item.turn}`;
  return item.is === 'unanswered' ? `u${item.utterance}` : `i${item.seq}`;
}

/** The call up to its `count`th log entry, as people read it. */
export function storyOf(entries: readonly LogEntry[], count = entries.length): Story {
  const teller = new Teller();
  for (let at = 0; at < count; at++) teller.take(entries[at] as LogEntry);
  return teller.story;
}

class Teller {
  readonly #turns = new Map<number, Draft>();
  readonly #utterances = new Map<number, CallerWords>();
  readonly #endpoints = new Map<number, number>();
  readonly #incidents: Extract<StoryItem, { is: 'incident' }>[] = [];
  readonly #spans: { fromMs: number; toMs: number }[] = [];
  #lastMs = 0;
  #movedSeq = 0;
  #speaking: Story['speaking'] = null;

  get story(): Story {
    const turns = [...this.#turns.values()].filter(leftTrace);
    const answered = new Set(turns.flatMap(({ utterances }) => utterances));
    const open = [...this.#utterances]
      .filter(([id]) => !answered.has(id))
      .map(([utterance, words]) => ({ is: 'unanswered' as const, utterance, words, atMs: words.atMs }));
    const items = [...turns, ...open, ...this.#incidents].sort((a, b) => placeOf(a) - placeOf(b));
    return { items, speaking: this.#speaking, callerSpans: this.#spans };
  }

  take(entry: LogEntry): void {
    if (entry.kind === 'note') this.#note(entry.note, entry.atMs, entry.seq);
    else if (entry.kind === 'event') this.#event(entry.event, entry.atMs, entry.seq);
    this.#lastMs = entry.atMs;
  }

  #event(event: Event, atMs: number, seq: number): void {
    const turn = 'turn' in event ? this.#touch(event.turn) : undefined;
    switch (event.type) {
      case 'caller.spoke':
        this.#speaking ??= { sinceMs: atMs, text: '' };
        return;
      case 'caller.mayHaveFinished':
        this.#speaking = { sinceMs: this.#speaking?.sinceMs ?? atMs, text: event.text };
        return;
      case 'caller.finished':
        this.#finished(event, atMs);
        return;
      case 'reply.chose':
        if (turn) turn.choices = [...turn.choices, { choice: event.choice, facts: event.facts }];
        return;
      case 'reply.requestedTools':
        if (turn)
          turn.tools = [
            ...turn.tools,
            ...event.calls.map(({ id, name, input }) => ({ id, name, input, askedAtMs: atMs, done: null })),
          ];
        return;
      case 'tools.finished':
        if (turn) turn.tools = withResults(turn.tools, event.results, atMs);
        return;
      case 'reply.failed':
        if (turn) turn.failures = [...turn.failures, event.error];
        return;
    }
    if (event.type === 'caller.unclear' || event.type === 'caller.hungUp') this.#silence(atMs);
    if (isNodesDeath(event)) this.#breakOff(this.#lastMs);
    // A node that has picked up a call of the edge makes it its own.
    if (event.type === 'placement.handOff' && seq === this.#movedSeq + 1) return;
    const incident = incidentOf(event);
    if (incident) this.#incidents.push({ is: 'incident', seq, atMs, ...incident });
  }

  #finished(event: Extract<Event, { type: 'caller.finished' }>, atMs: number): void {
    const { utterance, text, confidence, by } = event;
    this.#utterances.set(utterance, { atMs, text, confidence, by });
    this.#silence(atMs - (this.#endpoints.get(utterance) ?? 0));
    // It may have been opened while the caller was thought to have finished.
    for (const turn of this.#turns.values())
      if (turn.utterances.includes(utterance)) this.#about(turn, turn.utterances);
  }

  #moved(move: Move, atMs: number, seq: number): void {
    const agentSpeaks = [...this.#turns.values()].some(
      ({ times, heard, cutOffMs }) => times.firstFrameMs !== null && !heard && cutOffMs === null,
    );
    this.#movedSeq = seq;
    this.#incidents.push({ is: 'incident', seq, atMs, text: moveText(move, agentSpeaks), tone: 'move' });
  }

  /** Whatever was under way when the node died does not go on. */
  #breakOff(atMs: number): void {
    this.#silence(atMs);
    for (const turn of this.#turns.values()) {
      if (turn.heard || turn.cutOffMs !== null) continue;
      turn.cutOffMs = atMs;
      turn.revision++;
    }
  }

  #silence(atMs: number): void {
    if (this.#speaking) this.#spans.push({ fromMs: this.#speaking.sinceMs, toMs: atMs });
    this.#speaking = null;
  }

  #note(note: Note, atMs: number, seq: number): void {
    if (note.type === 'warning') {
      this.#incidents.push({ is: 'incident', seq, atMs, text: note.text, tone: 'warn' });
      return;
    }
    if (note.type === 'call.moved') {
      this.#moved(note, atMs, seq);
      return;
    }
    if (note.type === 'placement.decided') {
      this.#incidents.push({ is: 'incident', seq, atMs, text: note.text, tone: 'place' });
      return;
    }
    if (note.type === 'endpoint') {
      this.#endpoints.set(note.utterance, note.sinceMs);
      return;
    }
    if (note.type === 'turn.opened') {
      const turn = newTurn(note.turn, note.purpose, atMs);
      this.#turns.set(note.turn, turn);
      this.#about(turn, note.utterances);
      return;
    }
    const turn = 'turn' in note ? this.#touch(note.turn) : undefined;
    if (turn) this.#told(turn, note, atMs);
  }

  #told(turn: Draft, note: Note, atMs: number): void {
    const { times } = turn;
    switch (note.type) {
      case 'turn.committed':
        this.#about(turn, note.utterances);
        return;
      case 'reply.firstToken':
        turn.times = { ...times, firstTokenMs: times.firstTokenMs ?? atMs };
        return;
      case 'reply.sentence':
        turn.sentences = turn.sentences.toSpliced(note.index, 1, {
          text: note.text,
          isFiller: note.isFiller ?? false,
          atMs,
        });
        return;
      case 'reply.ended':
        turn.ended = note.reason;
        return;
      case 'reply.explained':
        turn.explanations = [...turn.explanations, note.text];
        return;
      case 'reply.usage':
        turn.usage = [...turn.usage, note.usage];
        return;
      case 'voice.firstAudio':
        turn.times = { ...times, firstAudioMs: times.firstAudioMs ?? atMs };
        return;
      case 'voice.firstFrame':
        turn.times = { ...times, firstFrameMs: times.firstFrameMs ?? atMs };
        return;
      case 'voice.firstMark':
        turn.times = { ...times, firstMarkMs: times.firstMarkMs ?? atMs };
        return;
      case 'overhead':
        turn.times = { ...times, overheadMs: note.ms };
        return;
      case 'turn.heard':
        turn.heard = { text: note.text, interrupted: note.interrupted, atMs };
        return;
    }
  }

  /** What an abandoned reply was about goes to the one that answers it. */
  #about(turn: Draft, ids: readonly number[]): void {
    if (ids.length === 0) return;
    for (const other of this.#turns.values()) {
      if (other === turn || !other.utterances.some(id => ids.includes(id))) continue;
      other.utterances = other.utterances.filter(id => !ids.includes(id));
      other.caller = this.#wordsOf(other.utterances);
      other.revision++;
    }
    turn.utterances = ids;
    turn.caller = this.#wordsOf(ids);
    turn.revision++;
    const endpointMs = this.#endpoints.get(ids.at(-1) as number) ?? null;
    turn.times = { ...turn.times, endpointMs, endMs: turn.caller?.atMs ?? turn.times.endMs };
  }

  #wordsOf(ids: readonly number[]): CallerWords | null {
    const said = ids.flatMap(id => this.#utterances.get(id) ?? []);
    const last = said.at(-1);
    if (!last) return null;
    return {
      ...last,
      text: said.map(({ text }) => text).join(' '),
      confidence: Math.min(...said.map(({ confidence }) => confidence)),
    };
  }

  #touch(id: number): Draft | undefined {
    const turn = this.#turns.get(id);
    if (turn) turn.revision++;
    return turn;
  }
}

function newTurn(turn: number, purpose: string, atMs: number): Draft {
  return {
    is: 'turn',
    ...{ turn, purpose, atMs, revision: 0 },
    ...{ utterances: [], caller: null, sentences: [], heard: null, cutOffMs: null },
    ...{ choices: [], tools: [], explanations: [], usage: [], failures: [], ended: null },
    times: {
      ...{ endMs: atMs, endpointMs: null, firstTokenMs: null, firstAudioMs: null },
      ...{ firstFrameMs: null, firstMarkMs: null, overheadMs: null },
    },
  };
}

function withResults(
  tools: readonly ToolStory[],
  results: Extract<Event, { type: 'tools.finished' }>['results'],
  atMs: number,
): readonly ToolStory[] {
  const next = [...tools];
  for (const { id, name, result, error } of results) {
    const done = { atMs, result, error };
    const at = next.findIndex(tool => tool.id === id);
    if (at >= 0) next[at] = { ...(next[at] as ToolStory), done };
    else next.push({ id, name, input: null, askedAtMs: atMs, done });
  }
  return next;
}

/** A reply that was only guessed at, or given up before a word of it was heard, is no part of the conversation. */
function leftTrace({ purpose, utterances, choices, tools, heard, failures }: Draft): boolean {
  return (
    purpose !== 'answer' ||
    utterances.length + choices.length + tools.length + failures.length > 0 ||
    (heard !== null && heard.text !== '')
  );
}

function placeOf(item: StoryItem): number {
  return item.is === 'turn' ? (item.caller?.atMs ?? item.atMs) : item.atMs;
}
