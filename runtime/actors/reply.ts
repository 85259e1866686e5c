import { fromCallback } from 'xstate';
import type { ReplyCommand } from '../../machines/call.ts';
import type { ReplyInput } from '../../machines/call-context.ts';
import { type Next, type ToolCall, type ToolResult, toFlowEvent } from '../../machines/call-events.ts';
import { wrongFact } from '../../machines/flow-view.ts';
import { callLines } from '../../machines/lines.ts';
import type { Call, Calls } from '../call.ts';
import type { FrozenLine } from '../frozen-call.ts';
import type { Turn } from '../journal.ts';
import { SentenceSplitter } from '../media/sentences.ts';
import type { LanguageModel, Message, ModelEvent, ModelRequest, ToolRound } from '../ports.ts';
import { FlowCursor } from './flow-cursor.ts';
import { modelRequest } from './model-request.ts';
import { withPatience } from './patience.ts';
import { SilenceWatch } from './silence-watch.ts';
import { Speech } from './speech.ts';

/** Choices and tool rounds in one turn; a model that wants more is going in circles. */
const MAX_STEPS = 8;
/** A provider that says nothing for so long, once it has begun, is taken for dead. */
const STALL_MS = 8_000;

type EndReason = 'complete' | 'waitForMore' | 'notUnderstood';

/** The agent's reply as an actor: it lives while the chart says that the agent has the floor. */
export function defineReply(
  calls: Calls,
  model: LanguageModel,
  opened: (callId: string, reply: Reply) => void,
) {
  return fromCallback<ReplyCommand, ReplyInput>(({ input, receive }) => {
    const call = calls.get(input.callId);
    const reply = new Reply(call, model, input);
    opened(input.callId, reply);
    receive(command => reply.obey(command));
    reply.start();
    return () => reply.abort();
  });
}

/** One turn of the agent: model → sentences → voice → playout, with choices and tools in between. */
export class Reply {
  readonly #call: Call;
  readonly #model: LanguageModel;
  readonly #input: ReplyInput;
  readonly #abort = new AbortController();
  readonly #speech: Speech;
  readonly #silence: SilenceWatch;
  readonly #flow: FlowCursor;
  #utterances: readonly number[];
  #committed: boolean;
  #becomeCertain: () => void = () => {};
  readonly #certain: Promise<void>;
  #chosen: { choice: string; facts: Record<string, string> }[] = [];
  #began = false;
  #hasToken = false;
  readonly #rounds: ToolRound[] = [];
  /** Sentences of this turn that are in no round. */
  #said: string[] = [];
  #toolsFinished: ((results: readonly ToolResult[]) => void) | null = null;
  #openedMs = 0;
  /** What the providers took, up to the first sentence. */
  #modelMs = 0;
  #askedMs: number | null = null;
  /** The turn was begun elsewhere, and is known to its end. */
  readonly #midAir: FrozenLine | null;

  constructor(call: Call, model: LanguageModel, input: ReplyInput) {
    this.#call = call;
    this.#model = model;
    this.#input = input;
    // A restored actor has the input it was made with; that the guess came true is on record.
    const taken = call.record.utterancesOf(input.turn);
    this.#committed = input.speculatedText === null || taken.length > input.utterances.length;
    this.#certain = new Promise(resolve => {
      this.#becomeCertain = resolve;
      if (this.#committed) resolve();
    });
    this.#utterances = taken.length > 0 ? taken : input.utterances;
    const isAnswer = call.record.questions.precede(this.#utterances);
    this.#flow = new FlowCursor(call.flowSnapshot(), call.start.language, isAnswer);
    const turn = input.turn;
    this.#midAir = call.line.midAir(turn);
    this.#speech = new Speech({
      turn,
      playout: call.line.playout,
      synthesis: call.line.synthesis,
      signal: this.#abort.signal,
      held: !this.#committed,
      now: () => call.clock.now(),
      events: {
        sentence: (index, text, isFiller) =>
          call.log.note({ type: 'reply.sentence', turn, index, text, ...(isFiller && { isFiller }) }),
        requested: () => call.log.note({ type: 'voice.requested', turn }),
        firstAudio: () => call.log.note({ type: 'voice.firstAudio', turn }),
        speaking: () => this.#send({ type: 'voice.began', turn }),
        between: () => call.betweenSentences(),
        // Whatever else the turn waits for, nobody would hear it.
        failed: error => this.#fail(error),
      },
      midAir: this.#midAir,
    });
    this.#silence = new SilenceWatch({
      clock: call.clock,
      playout: call.line.playout,
      speech: this.#speech,
      longestSilenceMs: call.settings.longestSilenceMs,
      fillers: callLines(this.#flow.view.language).fillers,
    });
  }

  get turn(): number {
    return this.#input.turn;
  }

  start(): void {
    const { turn, purpose } = this.#input;
    this.#openedMs = this.#call.clock.now();
    if (this.#midAir) {
      this.#goOn(this.#midAir);
      return;
    }
    const earlier = this.#call.record.turn(turn);
    if (!earlier) this.#call.log.note({ type: 'turn.opened', turn, purpose, utterances: this.#utterances });
    this.#call.line.openTurn(turn, this.#speech);
    if (this.#committed) this.#silence.start();
    this.#run(earlier).catch(error => this.#fail(error));
  }

  /** Nothing is asked and nothing noted again: what is left to do is to speak what waits. */
  #goOn(midAir: FrozenLine): void {
    this.#call.line.takeUpTurn(midAir, this.#speech);
    if (midAir.playout.ended) return;
    this.#speakToTheEnd(midAir.next).catch(error => this.#fail(error));
  }

  obey(command: ReplyCommand): void {
    if (command.type === 'commit') this.#commit(command.utterances);
    else this.#toolsFinished?.(command.results);
  }

  /** The first audio has left: what of the time until then was our own. */
  overheadMs(firstFrameMs: number): number {
    // A filler leaves while the model is still being waited for.
    const waitedMs = this.#askedMs === null ? 0 : firstFrameMs - Math.max(this.#askedMs, this.#openedMs);
    const othersMs = this.#modelMs + waitedMs + this.#speech.waitedSince(this.#openedMs);
    return Math.max(0, firstFrameMs - this.#openedMs - othersMs);
  }

  abort(): void {
    this.#silence.stop();
    this.#abort.abort();
  }

  /** `earlier`: how far this very turn had come when its node died. */
  async #run(earlier: Turn | undefined): Promise<void> {
    // One microtask later the chart has settled in the state that began this turn.
    await null;
    const reason = earlier ? await this.#speakAgain(earlier) : await this.#speakByPurpose();
    await this.#certain;
    if (this.#abort.signal.aborted) return;
    this.#call.log.note({ type: 'reply.ended', turn: this.#input.turn, reason });
    // Who has spoken has not waited: the turn goes on to its end.
    if (reason === 'waitForMore' && !this.#hasToken) {
      this.#send({ type: 'reply.waits', turn: this.#input.turn });
      return;
    }
    this.#speech.next = this.#next();
    await this.#speakToTheEnd(this.#speech.next);
  }

  async #speakToTheEnd(next: Next): Promise<void> {
    await this.#speech.spoken();
    this.#silence.stop();
    if (!this.#abort.signal.aborted) this.#call.line.endTurn(this.#input.turn, next);
  }

  /** Words that have moved the flow already must not move it twice. */
  async #speakAgain({ turn, choices }: Turn): Promise<EndReason> {
    const words = this.#call.record.properWordsOf(turn);
    if (words) return this.#takeUpThread([words]);
    return choices.length > 0 ? this.#converse(null) : this.#speakByPurpose();
  }

  async #speakByPurpose(): Promise<EndReason> {
    const { purpose } = this.#input;
    const lines = callLines(this.#flow.view.language);
    switch (purpose) {
      case 'greeting':
        return this.#converse(null);
      case 'answer':
        return this.#converse(this.#callersWords());
      case 'resume':
        return this.#resume();
      case 'farewell':
        return this.#sayAll([lines.farewell]);
      case 'supervisor':
        return this.#sayAll([this.#call.record.supervision.lineOf(this.#input.turn)]);
      default:
        this.#sayAll([lines[purpose]]);
        return this.#takeUpThread([this.#flow.view.ask ?? '']);
    }
  }

  /** Goes on where an interruption that brought no words cut the agent off. */
  async #resume(): Promise<EndReason> {
    const cut = this.#call.line.unheard;
    return cut.length > 0 ? this.#takeUpThread(cut) : this.#converse(null);
  }

  /** Where the flow stands before a tool, nothing but the tool leads on. */
  async #takeUpThread(lines: readonly string[]): Promise<EndReason> {
    return this.#flow.view.tool ? this.#converse(null) : this.#sayAll(lines);
  }

  #sayAll(texts: readonly string[]): EndReason {
    const splitter = new SentenceSplitter();
    for (const text of texts)
      for (const sentence of [...splitter.push(`${text} `), ...splitter.flush()]) this.#say(sentence);
    return 'complete';
  }

  async #converse(said: string | null): Promise<EndReason> {
    let words = said;
    for (let step = 0; step < MAX_STEPS; step++) {
      const outcome = await this.#ask(this.#request(words, step));
      if (this.#abort.signal.aborted) return 'complete';
      words = null;

      if (outcome.calls.length > 0) {
        // A model that called a tool of its own goes on with the same words; after the flow's tool the flow speaks.
        if (await this.#useTools(outcome.calls)) words = said;
      } else if (outcome.chosen) this.#choose(outcome.chosen);
      else if (outcome.reason === 'waitForMore' && !this.#input.mayWait) return this.#insist();
      else return outcome.reason;
      if (this.#abort.signal.aborted) return 'complete';
    }
    throw new Error(`The model chose or called tools ${MAX_STEPS} times without an answer.`);
  }

  #insist(): EndReason {
    this.#sayAll([callLines(this.#flow.view.language).askAgain, this.#flow.view.ask ?? '']);
    return 'notUnderstood';
  }

  #request(said: string | null, step: number): ModelRequest {
    return modelRequest(this.#call, {
      turn: this.#input.turn,
      step,
      said,
      utterances: this.#utterances,
      flow: this.#flow.open,
      rounds: this.#rounds,
      soFar: this.#turnSoFar(),
    });
  }

  /** With the words of the guess while it is no more than that. */
  #callersWords(): string {
    const { speculatedText } = this.#input;
    const guessed = this.#committed || speculatedText === null ? [] : [speculatedText];
    return [this.#call.textOf(this.#utterances), ...guessed].filter(Boolean).join(' ');
  }

  #turnSoFar(): Message[] {
    const messages: Message[] = [
      { role: 'caller', text: this.#callersWords() },
      { role: 'agent', text: this.#said.join(' ') },
    ];
    return messages.filter(({ text }) => text !== '');
  }

  async #ask(request: ModelRequest) {
    const splitter = new SentenceSplitter();
    const calls: ToolCall[] = [];
    let chosen: Extract<ModelEvent, { type: 'choice' }> | null = null;
    let reason: EndReason | null = null;
    const turn = this.#input.turn;
    this.#call.log.note({ type: 'reply.requested', turn });

    for await (const event of this.#timed(this.#model.reply(request, this.#abort.signal))) {
      if (event.type === 'text') {
        if (!this.#hasToken) this.#call.log.note({ type: 'reply.firstToken', turn });
        this.#hasToken = true;
        for (const sentence of splitter.push(event.text)) this.#say(sentence);
      } else if (event.type === 'choice') chosen = event;
      else if (event.type === 'toolCall') calls.push({ id: event.id, name: event.name, input: event.input });
      else if (event.type === 'explained')
        this.#call.log.note({ type: 'reply.explained', turn, text: event.text });
      else if (event.type === 'usage') {
        const { type: _, ...usage } = event;
        this.#call.log.note({ type: 'reply.usage', turn, usage });
      } else if (event.type === 'end') reason = event.reason;
    }
    if (this.#abort.signal.aborted) return { calls: [], chosen: null, reason: 'complete' as const };
    if (reason === null) throw new Error(`${this.#model.name} broke off before the end of its reply.`);
    for (const sentence of splitter.flush()) this.#say(sentence);
    return { calls, chosen, reason };
  }

  /** Bounds the wait for each event, and adds up what the provider took until the first sentence. */
  #timed(events: AsyncIterable<ModelEvent>): AsyncIterable<ModelEvent> {
    const { clock, settings } = this.#call;
    return withPatience(events, {
      clock,
      signal: this.#abort.signal,
      name: this.#model.name,
      limitMs: () => (this.#began ? STALL_MS : settings.firstTokenTimeoutMs),
      waits: askedMs => {
        this.#askedMs = askedMs;
      },
      came: askedMs => {
        this.#askedMs = null;
        if (!this.#began) this.#modelMs += clock.now() - Math.max(askedMs, this.#openedMs);
      },
    });
  }

  #say(sentence: string): void {
    if (!this.#began) {
      this.#began = true;
      this.#send({
        type: 'reply.began',
        turn: this.#input.turn,
        uninterruptible: this.#flow.view.uninterruptible,
      });
    }
    this.#said.push(sentence);
    this.#speech.say(sentence);
  }

  #choose({ event, facts }: { event: string; facts: Record<string, string> }): void {
    const { state, choices } = this.#flow.open;
    const choice = choices.find(open => open.event === event);
    if (!choice) throw new Error(`${this.#model.name} chose '${event}', which is not open in '${state}'.`);
    const wrong = wrongFact(choice, facts);
    if (wrong) throw new Error(`${this.#model.name} chose '${event}' in '${state}', but ${wrong}.`);
    this.#flow.move({ type: event as `caller.${string}`, facts });
    this.#began = false;
    if (this.#committed) this.#send({ type: 'reply.chose', turn: this.#input.turn, choice: event, facts });
    else this.#chosen.push({ choice: event, facts });
  }

  /** Returns whether the model asked of its own accord, not for the flow. */
  async #useTools(calls: readonly ToolCall[]): Promise<boolean> {
    const isFlows = this.#flow.view.tool?.name === calls[0]?.name;
    const finished = new Promise<readonly ToolResult[]>(resolve => {
      this.#toolsFinished = resolve;
      this.#abort.signal.addEventListener('abort', () => resolve([]), { once: true });
    });
    this.#send({ type: 'reply.requestedTools', turn: this.#input.turn, calls });
    const results = await finished;
    this.#toolsFinished = null;
    this.#speech.startAfresh();
    // The state that this leads to has manners of its own.
    this.#began = false;
    const [first] = results;
    if (first) this.#flow.move(toFlowEvent(first));
    if (!isFlows) this.#rounds.push({ said: this.#said.splice(0).join(' '), calls, results });
    return !isFlows;
  }

  #commit(utterances: readonly number[]): void {
    const { turn } = this.#input;
    this.#committed = true;
    this.#utterances = utterances;
    this.#openedMs = this.#call.clock.now();
    this.#modelMs = 0;
    this.#call.log.note({ type: 'turn.committed', turn, utterances });
    for (const { choice, facts } of this.#chosen) this.#send({ type: 'reply.chose', turn, choice, facts });
    this.#chosen = [];
    this.#speech.release();
    this.#silence.start();
    this.#becomeCertain();
  }

  #next(): Next {
    if (this.#input.purpose === 'farewell') return 'hangUp';
    return this.#flow.view.afterwards ?? 'listen';
  }

  #fail(error: unknown): void {
    if (this.#abort.signal.aborted) return;
    const message = error instanceof Error ? error.message : String(error);
    this.#call.warn('The reply failed.', error);
    this.#send({ type: 'reply.failed', turn: this.#input.turn, error: message });
  }

  #send(event: Parameters<Call['send']>[0]): void {
    if (!this.#abort.signal.aborted) this.#call.send(event);
  }
}
