import type { AnyMachineSnapshot, AnyStateMachine, StateValue } from 'xstate';
import { orderStatus } from '../../machines/flows/order-status.ts';
import type { Call } from '../../runtime/call.ts';
import type { CallHost, HostOptions, Providers } from '../../runtime/call-host.ts';
import { type Clock, SimulatedClock } from '../../runtime/clock.ts';
import type { FrozenCall } from '../../runtime/frozen-call.ts';
import type { CallStart, LogEntry } from '../../runtime/journal.ts';
import type { CarrierMessage } from '../../runtime/media/media-streams.ts';
import type { ReleasedCall } from '../../runtime/moving/prepared-call.ts';
import type { Tool } from '../../runtime/ports.ts';
import { openNavigator } from '../../src/providers/embedded/navigator/navigator.ts';
import { SimulatedCarrier } from '../../src/rehearsal/carrier.ts';
import { MemoryJournal } from '../../src/rehearsal/memory-journal.ts';
import { callStart, SimulatedCall, type SimulatedCallOptions } from '../../src/rehearsal/simulated-call.ts';
import { openTools } from '../../src/tools/index.ts';
import { scriptedRecognition, scriptedSynthesis, scriptedVoiceActivity } from './scripted-providers.ts';
import { speak } from './spoken-text.ts';

export { MemoryJournal } from '../../src/rehearsal/memory-journal.ts';
export { callStart, quietLog } from '../../src/rehearsal/simulated-call.ts';

/** A simulated carrier that keeps everything it is sent. */
export class SimCarrier extends SimulatedCarrier {
  /** Everything sent to the carrier, in order. */
  readonly frames: string[] = [];
  /** How long the caller heard nothing before each frame that came too late, or first. */
  readonly gapsMs: number[] = [];
  readonly #now: () => number;
  #dryMs = 0;

  constructor(clock: Clock) {
    super(clock);
    this.#now = () => clock.now();
  }

  override send(text: string): 'sent' {
    this.frames.push(text);
    if (text.startsWith('{"event":"media"')) {
      const nowMs = this.#now();
      if (nowMs > this.#dryMs) this.gapsMs.push(nowMs - this.#dryMs);
      this.#dryMs =
        Math.max(nowMs, this.#dryMs) + Buffer.from(JSON.parse(text).media.payload, 'base64').length / 8;
    }
    return super.send(text);
  }

  /** The audio that was sent, as one text for each stretch between two `clear`s. */
  get audio(): string[] {
    const stretches = [''];
    for (const frame of this.frames) {
      const { event, media } = JSON.parse(frame);
      if (event === 'clear') stretches.push('');
      else if (event === 'media')
        stretches[stretches.length - 1] += Buffer.from(media.payload, 'base64').toString('hex');
    }
    return stretches;
  }

  /** What it says from now on comes to nobody before it is told to whom. */
  holdBack(): (call: Call) => void {
    const held: CarrierMessage[] = [];
    const receive = (message: CarrierMessage) =>
      held.push('audio' in message ? { ...message, audio: Buffer.from(message.audio) } : message);
    let isLost = false;
    const detach = () => {
      isLost = true;
    };
    this.connect({ line: { receive, detach } } as unknown as Call);
    return call => {
      this.connect(call);
      for (const message of held) call.line.receive(message);
      if (isLost) call.line.detach(this, 'closed');
    };
  }

  /** The kinds of frames sent, in order; runs of one kind count once. */
  get sequence(): string[] {
    const kinds = this.frames.map(frame => JSON.parse(frame).event as string);
    return kinds.filter((kind, i) => kind !== kinds[i - 1]);
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
  /** Every byte of the agent's audio tells the sentence and the place that it is from. */
  tellingVoice?: boolean;
  /** Follows every step of the chart, from the first. */
  inspected?: boolean;
  start?: Partial<CallStart>;
  journal?: MemoryJournal;
  restore?: SimulatedCallOptions['restore'];
}

/** A simulated call as tests want it: the navigator as model, what providers were asked, and every step of the chart. */
export class SimCall extends SimulatedCall<SimCarrier> {
  readonly recognition;
  readonly synthesis;
  /** The log of the call's life before it was moved here. */
  readonly inherited: readonly LogEntry[];
  /** With `inspected`: what every event and timer led to. */
  readonly steps: { event: string; state: StateValue }[];
  #isMoving = false;

  constructor(options: SimOptions = {}) {
    const clock = new SimulatedClock();
    const { recognitionMs = 0, firstAudioMs = 0, restore } = options;
    const recognition = scriptedRecognition(clock, { recognitionMs });
    const synthesis = scriptedSynthesis(clock, { firstAudioMs, isTelling: options.tellingVoice ?? false });
    const steps: SimCall['steps'] = [];
    super({
      clock,
      providers: {
        voiceActivity: scriptedVoiceActivity(),
        recognition,
        synthesis,
        ...wits(clock, options),
        ...options.providers,
      },
      flow: options.flow ?? orderStatus,
      host: { ...options.host, ...(options.inspected && { onCall: call => follow(call, steps) }) },
      openCarrier: () => new SimCarrier(clock),
      ...(options.start && { start: options.start }),
      ...(options.journal && { journal: options.journal }),
      ...(restore && { restore }),
    });
    this.recognition = recognition;
    this.synthesis = synthesis;
    this.steps = steps;
    this.inherited = restore?.entries ?? [];
    const [first] = restore ? this.call.log.pending : [];
    // Its chart was told before it ran here.
    if (options.inspected && first?.kind === 'event' && first.event.type === 'line.lost')
      steps.push({ event: first.event.type, state: this.call.state });
  }

  override get hasEnded(): boolean {
    return !this.#isMoving && super.hasEnded;
  }

  /** What is there of the call when its node dies the moment it has written all down. */
  leftBehind() {
    const { frozen, entries } = this.journal;
    const left = {
      start: this.call.start,
      frozen: frozen as FrozenCall | null,
      entries: [...this.inherited, ...entries, ...this.call.log.takePending()],
    };
    return JSON.parse(JSON.stringify(left)) as typeof left;
  }

  /** The same call on another node, as if this one had died, on a clock of its own. */
  moved(options: SimOptions = {}): SimCall {
    return new SimCall({ ...options, restore: this.leftBehind() });
  }

  /**
   * The call goes on on another host, with a pacer and a journal of its own, from the next moment at which it can. What the
   * carrier says during the `transitMs` that the move takes comes when it is over. Returns whether it has moved.
   */
  async handOver(transitMs = 0, host: Partial<HostOptions> = {}): Promise<boolean> {
    const { callId } = this.call.start;
    if (!(await this.host.whenMovable(callId, 60_000))) return false;
    // Two that waited for the same moment: the first one has it.
    if (this.#isMoving || !this.call.isMovable) return false;
    this.#isMoving = true;
    const { frozen, entries } = JSON.parse(JSON.stringify(this.host.release(callId))) as ReleasedCall;
    this.journal = new MemoryJournal();
    this.host = this.openHost(this.journal, host);
    const prepared = this.host.prepare(frozen, entries);

    const { carrier } = this;
    const arrive = carrier.holdBack();
    if (transitMs > 0) await new Promise<void>(resolve => this.clock.setTimeout(resolve, transitMs));
    const { streamSid } = frozen.line!;
    this.call = prepared.go(carrier.isOpen && streamSid ? { socket: carrier, streamSid } : undefined);
    arrive(this.call);
    this.#isMoving = false;
    return true;
  }

  /** One more host of the same world, for what a test does with it. */
  anotherHost(options: Partial<HostOptions> = {}): CallHost {
    this.journal = new MemoryJournal();
    return this.openHost(this.journal, options);
  }

  /** Another call on the same host; time passes for it with this one's. */
  another(callId: string): { call: Call; carrier: SimCarrier } {
    const carrier = new SimCarrier(this.clock);
    const call = this.host.begin(callStart({ callId, callSid: `CA${callId}` }), carrier, 'MZ9');
    carrier.connect(call);
    return { call, carrier };
  }

  /** The caller begins to say `text`, a word in `wordMs`; `pass` lets it be heard. */
  say(text: string, wordMs?: number): void {
    if (text) this.caller.say(speak(text, wordMs));
  }

  /** The caller, or something near, makes a sound that is no word. */
  noise(ms: number): void {
    this.say('<noise>', ms);
  }

  /** Says `text` to its end and waits until the agent has answered and been heard. */
  async converse(text: string): Promise<void> {
    this.say(text);
    await this.until(() => !this.caller.isBusy, 'the caller to finish');
    await this.until(() => this.state.startsWith('floor.replying') || this.hasEnded, 'the agent to reply');
    await this.untilListening();
  }
}

function wits(clock: Clock, { tools, navigatorDelayMs = 0, toolDelayMs = 100 }: SimOptions) {
  return {
    model: openNavigator({ clock, firstWordDelayMs: navigatorDelayMs, wordDelayMs: 0 }),
    tools: tools ?? [...openTools({ clock, toolDelayMs }).values()],
  };
}

function follow(call: Call, steps: SimCall['steps']): void {
  call.inspect(event => {
    if (event.type !== '@xstate.snapshot' || event.actorRef.sessionId !== event.rootId) return;
    // It goes on elsewhere.
    if (event.event.type === 'xstate.stop') return;
    steps.push({ event: event.event.type, state: (event.snapshot as AnyMachineSnapshot).value });
  });
}
