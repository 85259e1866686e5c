import type { CallEvent, ToolResult } from '../../../machines/call-events.ts';
import type { Facts, FactType } from '../../../machines/flow.ts';
import type { FlowView } from '../../../machines/flow-view.ts';
import type { CallStart, CallSummary, LogEntry, Note, Placed, Turn } from '../../../runtime/journal.ts';
import { findingValue, MARKS, markText } from './marks.ts';

/** Of a flow; null where it is not known: then every fact is taken for personal, and all that the caller says. */
export type KnownFacts = Readonly<Record<string, FactType>> | null;

/** Parameters that the settings or the carrier make, not the caller. */
const IMPERSONAL_PARAMETERS = new Set([
  ...['edge_region', 'latency_target', 'quality_mode', 'EdgeRegion', 'LatencyTarget', 'QualityMode'],
  ...['FromCountry', 'ToCity', 'ToState', 'ToZip', 'ToCountry', 'StirVerstat'],
]);
const SHORTEST_WORD = 3;
/** A tool may bring pages of text; a call that knows more than this is strange. */
const MOST_VALUES = 500;

/**
 * What of a call is shown where transcripts are redacted. The record keeps everything. It learns personal values as it comes
 * upon them; words that were said while the flow asked for such a value are not shown at all, however it was understood.
 */
export class CallRedaction {
  readonly #facts: KnownFacts;
  readonly #values = new Map<string, RegExp>();
  readonly #utterances = new Map<number, { text: string; isPersonal: boolean }>();
  readonly #ofTurn = new Map<number, readonly number[]>();

  constructor(facts: KnownFacts) {
    this.#facts = facts;
  }

  /** Learns the values in a log without showing it, so that they are marked before they were found out, too. */
  learn(entries: Iterable<LogEntry>): void {
    for (const entry of entries) if (entry.kind === 'event') this.#learnFrom(entry.event);
  }

  learnFacts(facts: Facts): void {
    for (const [name, value] of Object.entries(facts))
      if (this.#isPersonal(name)) this.#learnValue(name, value);
  }

  /** `view` is the flow as it stood when the entry came. Entries come in order. */
  entry(entry: LogEntry, view: FlowView | null): LogEntry {
    if (entry.kind === 'timer') return entry;
    if (entry.kind === 'note') return { ...entry, note: this.#note(entry.note) };
    this.#learnFrom(entry.event);
    return { ...entry, event: this.#event(entry.event, view) };
  }

  start<Start extends Pick<CallStart, 'from' | 'to' | 'direction' | 'parameters'>>(start: Start): Start {
    return { ...start, ...redactStart(start) };
  }

  summary(summary: CallSummary): CallSummary {
    this.learnFacts(summary.facts);
    return {
      ...this.start(summary),
      turns: summary.turns.map(turn => this.turn(turn)),
      unanswered: summary.unanswered.map(text => this.unanswered(text)),
      facts: this.facts(summary.facts),
      ...(summary.supervision && { supervision: this.#supervision(summary.supervision) }),
      ...(summary.placement && { placement: this.placement(summary.placement) }),
    };
  }

  turn(turn: Turn): Turn {
    const { caller, agent } = turn;
    const isPersonal =
      this.#facts === null ||
      (this.#ofTurn.get(turn.turn) ?? []).some(id => this.#utterances.get(id)?.isPersonal ?? false);
    return {
      ...turn,
      caller: caller && { ...caller, text: this.#said(caller.text, isPersonal) },
      agent: { ...agent, generated: this.text(agent.generated), heard: this.text(agent.heard) },
      tools: turn.tools.map(tool => this.#toolResult(tool)),
      explanations: turn.explanations.map(text => this.text(text)),
    };
  }

  /** What the caller said and nobody answered. */
  unanswered(text: string): string {
    return this.#said(text, this.#isPersonalText(text));
  }

  facts(facts: Facts): Facts {
    return Object.fromEntries(
      Object.entries(facts).map(([name, value]) => [
        name,
        this.#isPersonal(name) ? MARKS.personal : this.text(value),
      ]),
    );
  }

  placement(placed: readonly Placed[]): Placed[] {
    return placed.map(each => ({ ...each, text: this.text(each.text) }));
  }

  text(text: string): string {
    return markText(text, [...this.#values.values()]);
  }

  /** Whatever it is: texts and long numbers are marked, and what bears the name of a personal fact. */
  value(value: unknown): unknown {
    if (typeof value === 'string') return this.text(value);
    if (typeof value === 'number') return this.text(String(value)) === String(value) ? value : MARKS.digits;
    if (Array.isArray(value)) return value.map(each => this.value(each));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, each]) => [
        name,
        this.#isPersonal(name) ? MARKS.personal : this.value(each),
      ]),
    );
  }

  #supervision({ acts, said }: NonNullable<CallSummary['supervision']>) {
    return {
      acts: acts.map(act => ({ ...act, ...(act.text !== undefined && { text: this.text(act.text) }) })),
      said: said.map(each => ({ ...each, text: this.unanswered(each.text) })),
    };
  }

  #event(event: CallEvent, view: FlowView | null): CallEvent {
    switch (event.type) {
      case 'caller.keyed':
        return { ...event, digit: MARKS.key };
      case 'caller.mayHaveFinished':
        return { ...event, text: this.#said(event.text, this.#asksPersonally(view)) };
      case 'caller.finished': {
        const isPersonal = this.#asksPersonally(view);
        this.#utterances.set(event.utterance, { text: event.text, isPersonal });
        return { ...event, text: this.#said(event.text, isPersonal) };
      }
      case 'reply.chose':
        return { ...event, facts: this.facts(event.facts) };
      case 'reply.requestedTools': {
        const calls = event.calls.map(call => ({
          ...call,
          input: this.value(call.input) as typeof call.input,
        }));
        return { ...event, calls };
      }
      case 'tools.finished':
        return { ...event, results: event.results.map(result => this.#toolResult(result)) };
      default:
        return this.#texts(event);
    }
  }

  #note(note: Note): Note {
    if ('utterances' in note) this.#ofTurn.set(note.turn, note.utterances);
    return this.#texts(note);
  }

  /** What an event or a note says in words, errors of strangers included. */
  #texts<Message extends CallEvent | Note>(message: Message): Message {
    const told = ['text', 'withoutFillers', 'error', 'reason', 'number'].flatMap(name => {
      const text = (message as Record<string, unknown>)[name];
      return typeof text === 'string' ? [[name, this.text(text)]] : [];
    });
    return told.length > 0 ? { ...message, ...Object.fromEntries(told) } : message;
  }

  #toolResult({ result, error, ...rest }: ToolResult): ToolResult {
    return {
      ...rest,
      result: result && (this.value(result) as NonNullable<typeof result>),
      error: error && this.text(error),
    };
  }

  #said(text: string, isPersonal: boolean): string {
    return isPersonal && text !== '' ? MARKS.personal : this.text(text);
  }

  #isPersonalText(text: string): boolean {
    if (this.#facts === null) return true;
    return [...this.#utterances.values()].some(said => said.isPersonal && said.text === text);
  }

  /** Words may answer with something personal here. */
  #asksPersonally(view: FlowView | null): boolean {
    if (this.#facts === null || view === null) return true;
    const asked = [...Object.keys(view.collects), ...view.choices.flatMap(({ slots }) => Object.keys(slots))];
    return asked.some(name => this.#isPersonal(name));
  }

  #isPersonal(fact: string): boolean {
    if (this.#facts === null) return true;
    return Object.hasOwn(this.#facts, fact) && (this.#facts[fact]?.personal ?? false);
  }

  #learnFrom(event: CallEvent): void {
    if (event.type === 'reply.chose') this.learnFacts(event.facts);
    if (event.type !== 'tools.finished') return;
    for (const { result } of event.results)
      for (const [name, value] of Object.entries(result ?? {}))
        if (typeof value === 'string' || typeof value === 'number')
          this.learnFacts({ [name]: String(value) });
  }

  /** Free text may come back in part: "Thank you, Maria". */
  #learnValue(name: string, value: string): void {
    const type = this.#facts?.[name]?.type ?? 'text';
    const words = type === 'text' ? value.split(/[^\p{L}\p{N}]+/u) : [];
    for (const piece of [value, ...words.filter(word => word.length >= SHORTEST_WORD)])
      if (piece.trim() !== '' && !this.#values.has(piece) && this.#values.size < MOST_VALUES)
        this.#values.set(piece, findingValue(piece));
  }
}

/** A call's beginning without who is on the other side. */
export function redactStart({
  from,
  to,
  direction,
  parameters,
}: Pick<CallStart, 'from' | 'to' | 'direction' | 'parameters'>) {
  const mark = (party: string) => (party === '' ? '' : MARKS.phone);
  const shown = Object.entries(parameters).map(([name, value]) => [
    name,
    IMPERSONAL_PARAMETERS.has(name) ? value : MARKS.personal,
  ]);
  return {
    from: direction === 'inbound' ? mark(from) : from,
    to: direction === 'outbound' ? mark(to) : to,
    parameters: Object.fromEntries(shown) as Record<string, string>,
  };
}
