import type { ToolCall, ToolResult } from '../machines/call-events.ts';
import type { FlowView } from '../machines/flow-view.ts';
import type { AudioMeasure } from './media/audio-quality.ts';

/**
 * The ports: everything the runtime asks of a provider. Adapters in `src/providers/` implement them.
 *
 * Audio on every port is G.711 mu-law, 8,000 one-byte samples a second, as the carrier carries it. A `Uint8Array` that
 * a port is handed is valid only during the call: copy it to keep it.
 */

export interface VoiceActivityListener {
  /** The caller's voice began. */
  speechStarted(): void;
  /** The caller's voice has been absent for the detector's own short hang-over. */
  speechStopped(): void;
}

export interface VoiceActivityStream {
  write(audio: Uint8Array): void;
  close(): void;
}

/** Tells voice from everything else on the line. One detector serves all calls. */
export interface VoiceActivity {
  readonly name: string;
  open(listener: VoiceActivityListener): VoiceActivityStream;
  close(): Promise<void>;
}

export interface RecognitionOptions {
  callId: string;
  /** BCP-47, as `en-US`. */
  language: string;
  /** What the flow expects to hear, with `{slot}` places; a grammar for some recognisers, a hint for others. */
  phrases: readonly string[];
  /** Takes a sentence for the record: what failed, who took over. */
  explain?(text: string): void;
}

export interface RecognitionListener {
  /** The words so far. `complete` says that they form a whole expected phrase, so a short pause ends the turn. */
  partial(text: string, complete: boolean): void;
  /** A piece of speech that will not change any more. Empty text: there was voice, but no words were made out. */
  final(text: string, confidence: number): void;
  /** The recogniser itself judged that the turn is over. Only from recognisers with `detectsTurns`. */
  turnEnded?(): void;
  /** A first, cheaper guess that the turn is over; taken back by `turnResumed`. Only with `detectsTurns`. */
  turnMayHaveEnded?(text: string): void;
  turnResumed?(): void;
  /** The recogniser's own hint that a voice began; voice activity is the judge of that. */
  heardVoice?(): void;
  /** BCP-47, told when it changes. Only from recognisers that were asked to detect the language. */
  heardLanguage?(language: string): void;
  /** The stream is lost and will say no more. */
  failed(error: Error): void;
}

export interface RecognitionStream {
  /** Where it differs from the recogniser's own, because another has taken its place. */
  readonly detectsTurns?: boolean;
  /** All of the caller's audio, silence included. */
  write(audio: Uint8Array): void;
  /** Hints from voice activity; recognisers that listen all the time ignore them. */
  speechStarted(): void;
  speechStopped(): void;
  /** Asks for the final text of what has been heard. Exactly one `final` follows when speech was open. */
  finish(): void;
  /** The expected phrases change with the state of the flow. Takes effect at the next utterance. */
  expect(phrases: readonly string[]): void;
  close(): void;
}

/** Speech to text. */
export interface Recognition {
  readonly name: string;
  /** True when the recogniser decides by itself when the caller's turn is over. */
  readonly detectsTurns: boolean;
  open(options: RecognitionOptions, listener: RecognitionListener): RecognitionStream;
  close(): Promise<void>;
}

export interface SynthesisOptions {
  callId: string;
  voice: string;
  /** BCP-47. */
  language: string;
  /** Takes a sentence for the record: what failed, who took over. */
  explain?(text: string): void;
}

export interface SynthesisStream {
  /**
   * Speaks one sentence. Yields audio as it is made, of any length. Throws when it cannot; an aborted signal ends the
   * iteration without an error.
   */
  speak(text: string, signal: AbortSignal): AsyncIterable<Uint8Array>;
  close(): void;
}

/** Text to speech. */
export interface Synthesis {
  readonly name: string;
  open(options: SynthesisOptions): SynthesisStream;
  close(): Promise<void>;
}

export interface Message {
  role: 'caller' | 'agent';
  /** For the agent: what the caller heard, not what was generated. */
  text: string;
  /** 0 … 1, of the recogniser: how sure it was of what the caller said by voice. */
  confidence?: number;
}

/** What a model asked for at once, and the answers. */
export interface ToolRound {
  /** What the agent said in this turn before it asked; often nothing. */
  said: string;
  calls: readonly ToolCall[];
  results: readonly ToolResult[];
}

export interface ModelRequest {
  callId: string;
  turn: number;
  /** 0 for the first request of a turn; one more after each choice or tool result. */
  step: number;
  language: string;
  /** The caller's country, ISO 3166-1 alpha-2, where the carrier tells it. */
  country: string | null;
  /** Where the flow stands and what may be chosen there. */
  flow: FlowView;
  /** Tools that the model itself has called in this turn, and what came of them. */
  rounds: readonly ToolRound[];
  /**
   * Heard so far, oldest first, without the words being answered now. Where there are none (`said` is null), it ends with this
   * very turn: what the caller said, and what the agent has said about it before a choice or a tool.
   */
  history: readonly Message[];
  /** The words to answer, or null when the agent speaks of its own accord (after a choice, a tool, the greeting). */
  said: string | null;
  /** How the words came: spoken words can be misheard, keys cannot. */
  by: 'voice' | 'keypad' | 'text';
  /** 0 … 1, of the recogniser. */
  confidence: number;
  /** How well the words could be heard, as the line was measured. Absent where it was not: keys, text, a guess. */
  audio?: AudioMeasure;
  /** How many times in a row the caller was not understood. */
  misunderstood: number;
  /** What a supervisor who listens in whispers, oldest first: to be followed in this reply. Absent where nobody does. */
  notes?: readonly string[];
}

export type ModelEvent =
  | { type: 'text'; text: string }
  /** Takes one of the transitions in `flow.choices`, with the facts that its slots caught. */
  | { type: 'choice'; event: string; facts: Record<string, string> }
  /** Asks for a tool. The runtime runs it once the turn is committed, and asks the model again. */
  | { type: 'toolCall'; id: string; name: string; input: Record<string, unknown> }
  | {
      type: 'usage';
      provider: string;
      model: string;
      inputTokens: number;
      outputTokens: number;
      cachedInputTokens: number;
      /** Of the input, what was written to the provider's cache. */
      cacheWriteInputTokens?: number;
      /** Null where the provider tells only the tokens. */
      costUsd: number | null;
      /** Of a reply that cost nothing because it was kept: what it took when it was made. An estimate, in no sum. */
      savedUsd?: number | null;
    }
  /** One sentence for the record: whom the model asked and why, what failed, who answered. */
  | { type: 'explained'; text: string }
  /** Always the last event. Without it the reply is not whole. */
  | { type: 'end'; reason: 'complete' | 'waitForMore' | 'notUnderstood' };

/** Text to text, streamed. */
export interface LanguageModel {
  readonly name: string;
  /** Aborting the signal ends the stream early, without an error. Throws when the provider fails. */
  reply(request: ModelRequest, signal: AbortSignal): AsyncIterable<ModelEvent>;
}

export interface ToolContext {
  callId: string;
  /** The same for every attempt at the same request, across restarts: pass it on so that nothing happens twice. */
  idempotencyKey: string;
  signal: AbortSignal;
}

export interface Tool {
  readonly name: string;
  readonly description: string;
  /** Changes something in the world: a flow calls it only after the caller has agreed to what was read back. */
  readonly changes?: boolean;
  /** JSON schema of the input, an object; without it a model may send any. */
  readonly inputSchema?: Record<string, unknown>;
  /** Goes on to its end when the caller does not wait for it any more: what it has begun must not be left half done. */
  readonly letFinish?: boolean;
  /** The caller waits at most this long. */
  readonly timeoutMs: number;
  run(input: Record<string, unknown>, context: ToolContext): Promise<Record<string, unknown>>;
}

/** What is to be done about a tool that changes something: run it, or take what came of an earlier run. */
export type ToolLedgerEntry =
  | { run: true }
  /** `result` is null where an earlier run began and nobody knows how it ended. */
  | { run: false; result: ToolResult | null };

/** Remembers, beyond the life of a process, which tools that change something were run for a call. */
export interface ToolLedger {
  /**
   * Notes durably, before it runs, that such a tool is about to run for the call. Looks first for an earlier run of the same
   * name and input whose id is not in `told`: its outcome was never told to the call. That run is handed over to `request`:
   * from then on it goes by `request.id`, so that once that is told it is not found again. Rejects with CallTakenOver.
   */
  begin(callId: string, request: ToolCall, told: readonly string[]): Promise<ToolLedgerEntry>;
  /** Notes how a run ended, found by the id it goes by. One that is not there is left alone. Rejects with CallTakenOver. */
  end(callId: string, result: ToolResult): Promise<void>;
}

/** Where the agent's audio leaves for the carrier: one socket. */
export interface CarrierSocket {
  /** `queued`: taken, but the peer is slow. `dropped`: lost, the buffer is full. */
  send(text: string): 'sent' | 'queued' | 'dropped';
  readonly bufferedBytes: number;
  close(code: number, reason: string): void;
}

/** A carrier's stream that is open. */
export interface Carrier {
  socket: CarrierSocket;
  streamSid: string;
  /** What was sent to it last, by whoever had the call, may never have come to it. Default false. */
  isCutOff?: boolean;
}
