import type { CallEvent } from '../../machines/call-events.ts';
import { viewFlow } from '../../machines/flow-view.ts';
import type { Call } from '../../runtime/call.ts';
import type { LogEntry, Note } from '../../runtime/journal.ts';
import { stateName } from '../call-views.ts';
import type { News } from './news.ts';

type Told<Type = News> = Type extends News ? Omit<Type, 'atMs'> : never;

/** Tells what happens in a call from now on, and counts the words of the reply that the caller can have heard. */
export class CallFollower {
  readonly #call: Call;
  readonly #onNews: (news: News) => void;
  readonly #msPerLetter: number;
  readonly #stop: () => void;
  #flowState: string;
  #callState: string;
  #facts: Readonly<Record<string, string>>;
  #turn = 0;
  #sentences: string[] = [];
  #firstFrameMs: number | null = null;
  #told = '';
  #hasEnded = false;

  /** `msPerLetter`: how fast the agent speaks. */
  constructor(call: Call, msPerLetter: number, onNews: (news: News) => void) {
    this.#call = call;
    this.#msPerLetter = msPerLetter;
    this.#onNews = onNews;
    const { state, facts } = this.#flow;
    this.#flowState = state;
    this.#facts = facts;
    this.#callState = stateName(call.state);
    this.#stop = call.log.listen(entry => {
      this.#logged(entry);
      // The chart takes an event after the log does.
      queueMicrotask(() => this.look());
    });
  }

  /** What of the reply can be heard by now; null when none is under way. */
  get spoken(): string | null {
    if (this.#firstFrameMs === null) return null;
    let letters = (this.#call.log.nowMs - this.#firstFrameMs) / this.#msPerLetter;
    const words: string[] = [];
    for (const word of this.#sentences.join(' ').split(/\s+/)) {
      if (letters < word.length) break;
      words.push(word);
      letters -= word.length + 1;
    }
    return words.join(' ');
  }

  /** Tells what has changed where nothing was logged. */
  look(): void {
    this.#lookAtSpeech();
    const { state, facts } = this.#flow;
    if (state !== this.#flowState) {
      this.#flowState = state;
      this.#tell({ type: 'moved', state });
    }
    if (facts !== this.#facts) this.#lookAtFacts(facts);
    const callState = stateName(this.#call.state);
    if (callState !== this.#callState) {
      this.#callState = callState;
      this.#tell({ type: 'callMoved', state: callState });
    }
  }

  /** The call is over: tells how. */
  end(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.look();
    const { outcome, turns } = this.#call.summarise();
    this.#tell({ type: 'ended', outcome, turns: turns.filter(({ caller }) => caller !== null).length });
  }

  close(): void {
    this.#stop();
  }

  get #flow() {
    return viewFlow(this.#call.flowSnapshot(), this.#call.start.language);
  }

  #tell(told: Told): void {
    this.#onNews({ atMs: this.#call.log.nowMs, ...told } as News);
  }

  #lookAtSpeech(): void {
    const spoken = this.spoken ?? '';
    if (spoken === '' || spoken === this.#told) return;
    this.#told = spoken;
    this.#tell({ type: 'speaking', text: spoken });
  }

  #lookAtFacts(facts: Readonly<Record<string, string>>): void {
    const changed = [
      ...Object.entries(facts).filter(([name, value]) => this.#facts[name] !== value),
      ...Object.keys(this.#facts)
        .filter(name => !Object.hasOwn(facts, name))
        .map(name => [name, null] as const),
    ];
    this.#facts = facts;
    if (changed.length > 0) this.#tell({ type: 'learnt', facts: Object.fromEntries(changed) });
  }

  #logged(entry: LogEntry): void {
    if (entry.kind === 'note') this.#followSpeech(entry.note);
    for (const told of toldIn(entry)) this.#tell(told);
  }

  #followSpeech(note: Note): void {
    if (note.type !== 'reply.sentence' && note.type !== 'voice.firstFrame' && note.type !== 'turn.heard')
      return;
    if (note.turn !== this.#turn || note.type === 'turn.heard') this.#beginReply(note.turn);
    if (note.type === 'reply.sentence') this.#sentences[note.index] = note.text;
    if (note.type === 'voice.firstFrame') this.#firstFrameMs ??= this.#call.log.nowMs;
  }

  #beginReply(turn: number): void {
    this.#turn = turn;
    this.#sentences = [];
    this.#firstFrameMs = null;
    this.#told = '';
  }
}

/** What an entry of the call's log tells a person. */
function toldIn(entry: LogEntry): Told[] {
  if (entry.kind === 'event') return toldByEvent(entry.event);
  return entry.kind === 'note' ? toldByNote(entry.note) : [];
}

function toldByEvent(event: CallEvent): Told[] {
  switch (event.type) {
    case 'caller.finished': {
      const { text, confidence, by } = event;
      return [{ type: 'heard', text, confidence, by }];
    }
    case 'caller.unclear':
      return [{ type: 'unclear' }];
    case 'reply.chose':
      return [{ type: 'chose', choice: event.choice.replace(/^caller\./, ''), facts: event.facts }];
    case 'reply.requestedTools':
      return event.calls.map(({ name, input }) => ({ type: 'toolCalled', name, input }));
    case 'tools.finished':
      return event.results.map(({ name, result, error }) => ({ type: 'toolAnswered', name, result, error }));
    case 'reply.failed':
    case 'hearing.failed':
      return [{ type: 'failed', text: event.error }];
    default:
      return [];
  }
}

function toldByNote(note: Note): Told[] {
  switch (note.type) {
    case 'reply.ended':
      return note.reason === 'notUnderstood' ? [{ type: 'notUnderstood' }] : [];
    case 'reply.explained':
      return [{ type: 'explained', text: note.text }];
    case 'warning':
      return [{ type: 'failed', text: note.text }];
    case 'turn.heard':
      return note.text === '' ? [] : [{ type: 'said', text: note.text, interrupted: note.interrupted }];
    default:
      return [];
  }
}
