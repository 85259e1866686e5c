import type { AnyMachineSnapshot, AnyStateMachine, StateValue } from 'xstate';
import { orderStatus } from '../../machines/flows/order-status.ts';
import type { Call, FrozenCall, Log } from '../../runtime/call.ts';
import { CallHost, type HostOptions, type Providers } from '../../runtime/call-host.ts';
import { SimulatedClock } from '../../runtime/clock.ts';
import type { CallStart, CallSummary, Journal, LogEntry } from '../../runtime/journal.ts';
import { readCarrierMessage } from '../../runtime/media/media-streams.ts';
import type { CarrierSocket, Tool } from '../../runtime/ports.ts';
import { stateName } from '../../src/call-views.ts';
import { PlayoutBuffer } from '../../src/caller/playout-buffer.ts';
import { openNavigator } from '../../src/providers/embedded/navigator/navigator.ts';
import { openTools } from '../../src/tools/index.ts';
import { scriptedRecognition, scriptedSynthesis, scriptedVoiceActivity } from './scripted-providers.ts';
import { SILENCE, speak } from './spoken-text.ts';

const FRAME_MS = 20;

export const quietLog: Log = { info() {}, warn() {}, error() {} };

/** Keeps everything, and can be told to fail. */
export class MemoryJournal implements Journal {
  readonly started: CallStart[] = [];
  readonly entries: LogEntry[] = [];
  readonly finished: CallSummary[] = [];
  frozen: unknown = null;
  failures = 0;

  async begin(start: CallStart): Promise<void> {
    this.#mayFail();
    this.started.push(start);
  }

  async append(_: string, entries: readonly LogEntry[]): Promise<void> {
    this.#mayFail();
    this.entries.push(...entries);
  }

  async saveSnapshot(_: string, frozen: unknown): Promise<void> {
    this.frozen = JSON.parse(JSON.stringify(frozen));
  }

  async finish(summary: CallSummary): Promise<void> {
    this.#mayFail();
    this.finished.push(summary);
  }

  #mayFail(): void {
    if (this.failures === 0) return;
    this.failures--;
    throw new Error('the disk is full');
  }
}

/** The carrier's end of a stream on simulated time: plays at 8,000 bytes a second, echoes marks, obeys `clear`. */
export class SimCarrier implements CarrierSocket {
  bufferedBytes = 0;
  /** Everything sent to the carrier, in order. */
  readonly frames: string[] = [];
  /** Audio bytes sent since the last `clear`. */
  bytesSinceClear = 0;
  clears = 0;
  isOpen = true;
  echoesMarks = true;
  /** The furthest byte of each turn that was played to the caller before any `clear`. */
  readonly playedBytes = new Map<number, number>();
  readonly #buffer = new PlayoutBuffer({ keepsAudio: false });
  readonly #frame = new Uint8Array(160);
  #call: Call | null = null;

  connect(call: Call): void {
    this.#call = call;
  }

  send(text: string): 'sent' {
    this.frames.push(text);
    const { event, media, mark } = JSON.parse(text);
    if (event === 'media') {
      const sizeBytes = Buffer.from(media.payload, 'base64').length;
      this.bytesSinceClear += sizeBytes;
      this.#buffer.push(sizeBytes, null);
    } else if (event === 'mark') this.#buffer.mark(mark.name);
    else if (event === 'clear') {
      this.#buffer.clear();
      this.clears++;
      this.bytesSinceClear = 0;
      // As Twilio does: what was held back comes at once, and proves nothing.
      const due: string[] = [];
      for (let name = this.#buffer.takeDueMark(); name; name = this.#buffer.takeDueMark()) due.push(name);
      if (this.echoesMarks) for (const name of due) this.#receive({ event: 'mark', mark: { name } });
    }
    return 'sent';
  }

  /** The kinds of frames sent, in order; runs of one kind count once. */
  get sequence(): string[] {
    const kinds = this.frames.map(frame => JSON.parse(frame).event as string);
    return kinds.filter((kind, i) => kind !== kinds[i - 1]);
  }

  get isPlaying(): boolean {
    return this.#buffer.bufferedBytes > 0;
  }

  /** 20 ms of the carrier's life. */
  tick(audio: Buffer): void {
    if (!this.isOpen || !this.#call) return;
    this.#buffer.playFrame(this.#frame);
    if (this.echoesMarks)
      for (let mark = this.#buffer.takeDueMark(); mark; mark = this.#buffer.takeDueMark()) this.#echo(mark);
    this.#receive({ event: 'media', media: { track: 'inbound', payload: audio.toString('base64') } });
  }

  #echo(mark: string): void {
    const [turn = 0, bytes = 0] = mark.split(':').map(Number);
    this.playedBytes.set(turn, bytes);
    this.#receive({ event: 'mark', mark: { name: mark } });
  }

  key(digit: string): void {
    this.#receive({ event: 'dtmf', dtmf: { track: 'inbound_track', digit } });
  }

  hangUp(): void {
    this.#receive({ event: 'stop', stop: {} });
  }

  close(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.#call?.line.detach(this, 'closed');
  }

  #receive(message: object): void {
    this.#call?.line.receive(readCarrierMessage(Buffer.from(JSON.stringify(message))));
  }
}

export interface SimOptions {
  flow?: AnyStateMachine;
  tools?: readonly Tool[];
  providers?: Partial<Providers>;
  host?: Partial<HostOptions>;
  recognitionMs?: number;
  firstAudioMs?: number;
  navigatorDelayMs?: number;
  toolDelayMs?: number;
  /** Follows every step of the chart, from the first. */
  inspected?: boolean;
  restore?: { frozen: FrozenCall; entries: readonly LogEntry[] };
}

/** A whole call on simulated time: real chart, real media plane, real navigator; scripted ears and voice. */
export class SimCall {
  readonly clock = new SimulatedClock();
  readonly journal = new MemoryJournal();
  readonly recognition;
  readonly synthesis;
  readonly host: CallHost;
  /** The log of the call's life before it was moved here. */
  readonly inherited: readonly LogEntry[];
  carrier = new SimCarrier();
  readonly call: Call;
  #speech: Buffer[] = [];
  readonly #others: SimCarrier[] = [];
  /** With `inspected`: what every event and timer led to. */
  readonly steps: { event: string; state: StateValue }[] = [];

  constructor(options: SimOptions = {}) {
    const { clock } = this;
    const { recognitionMs = 0, firstAudioMs = 0, navigatorDelayMs = 0, toolDelayMs = 100 } = options;
    this.recognition = scriptedRecognition(clock, { recognitionMs });
    this.synthesis = scriptedSynthesis(clock, { firstAudioMs });
    this.host = new CallHost({
      clock,
      providers: {
        voiceActivity: scriptedVoiceActivity(),
        recognition: this.recognition,
        synthesis: this.synthesis,
        model: openNavigator({ clock, firstWordDelayMs: navigatorDelayMs, wordDelayMs: 0 }),
        tools: options.tools ?? [...openTools({ clock, toolDelayMs }).values()],
        ...options.providers,
      },
      flow: options.flow ?? orderStatus,
      journal: this.journal,
      log: quietLog,
      voice: 'slt',
      transferNumber: null,
      ...options.host,
      ...(options.inspected && { onCall: call => this.#follow(call) }),
    });
    const { restore } = options;
    this.inherited = restore?.entries ?? [];
    this.call = restore
      ? this.host.restore(restore.frozen, restore.entries)
      : this.host.begin(callStart(), this.carrier, 'MZ0');
    this.carrier.connect(this.call);
  }

  /** The same call on another node, as if this one had died: from what was written down, on a clock of its own. */
  moved(options: SimOptions = {}): SimCall {
    const entries = [...this.journal.entries, ...this.call.log.takePending()];
    return new SimCall({
      ...options,
      restore: JSON.parse(JSON.stringify({ frozen: this.call.freeze(), entries })),
    });
  }

  /** Another call on the same host; time passes for it with this one's. */
  another(callId: string): { call: Call; carrier: SimCarrier } {
    const carrier = new SimCarrier();
    const call = this.host.begin(callStart({ callId, callSid: `CA${callId}` }), carrier, 'MZ9');
    carrier.connect(call);
    this.#others.push(carrier);
    return { call, carrier };
  }

  #follow(call: Call): void {
    call.inspect(event => {
      if (event.type !== '@xstate.snapshot' || event.actorRef.sessionId !== event.rootId) return;
      this.steps.push({ event: event.event.type, state: (event.snapshot as AnyMachineSnapshot).value });
    });
  }

  get state(): string {
    return stateName(this.call.state);
  }

  get summary(): CallSummary | undefined {
    return this.journal.finished[0];
  }

  /** Lets time pass, 20 ms at a time; what is left of the caller's speech is heard meanwhile. */
  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= FRAME_MS) {
      this.carrier.tick(this.#speech.shift() ?? SILENCE);
      for (const other of this.#others) other.tick(SILENCE);
      await this.clock.advance(Math.min(FRAME_MS, left));
    }
  }

  /** The caller begins to say `text`, a word in `wordMs`; `pass` lets it be heard. */
  say(text: string, wordMs?: number): void {
    if (text) this.#speech.push(...speak(text, wordMs));
  }

  /** The caller, or something near, makes a sound that is no word. */
  noise(ms: number): void {
    this.say('<noise>', ms);
  }

  /** Says `text` to its end and waits until the agent has answered and been heard. */
  async converse(text: string): Promise<void> {
    this.say(text);
    await this.until(() => this.#speech.length === 0, 'the caller to finish');
    await this.until(() => this.state.startsWith('floor.replying') || this.hasEnded, 'the agent to reply');
    await this.untilListening();
  }

  async untilListening(): Promise<void> {
    await this.until(() => this.state === 'floor.listening.quiet' || this.hasEnded, 'the agent to listen');
  }

  get hasEnded(): boolean {
    return this.host.size === 0;
  }

  /** Waits for the call's end and its record; nothing may be left running. */
  async over(limitMs = 120_000): Promise<CallSummary> {
    await this.until(() => this.hasEnded, 'the end', limitMs);
    // A journal that fails is tried again later, so time must pass here.
    for (let ms = 0; ms < limitMs && !this.summary; ms += 1_000) await this.pass(1_000);
    await this.host.idle();
    await this.pass(1_000);
    if (!this.summary) throw new Error('The record was never written.');
    if (this.clock.pending > 0) throw new Error(`${this.clock.pending} timers outlived the call.`);
    return this.summary;
  }

  /** A minute of the call's time, at most. */
  async until(isSo: () => boolean, what: string, limitMs = 60_000): Promise<void> {
    for (let ms = 0; ms < limitMs; ms += FRAME_MS) {
      if (isSo()) return;
      await this.pass(FRAME_MS);
    }
    throw new Error(`Waited in vain for ${what}; the call is in ${this.state}.`);
  }

  /** The carrier comes back with a new stream. */
  reconnect(): void {
    this.carrier = new SimCarrier();
    this.carrier.connect(this.call);
    this.call.resume(this.carrier, 'MZ1');
  }
}

export function callStart(overrides: Partial<CallStart> = {}): CallStart {
  return {
    callId: 'call-1',
    callSid: 'CA00000000000000000000000000000001',
    node: 'test',
    from: '+12025550123',
    to: '+12025550100',
    direction: 'inbound',
    flow: 'order-status',
    flowVersion: 'test',
    language: 'en-US',
    startedAt: 0,
    parameters: {},
    ...overrides,
  };
}
