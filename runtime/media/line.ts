import type { Next } from '../../machines/call-events.ts';
import { expectedPhrases } from '../../machines/expected-phrases.ts';
import type { FlowView } from '../../machines/flow-view.ts';
import { type Floor, type TurnTaking, turnTaking } from '../../machines/turn-taking.ts';
import type { Clock, TimerHandle } from '../clock.ts';
import type { FrozenLine } from '../frozen-call.ts';
import type { Note } from '../journal.ts';
import type { CarrierSocket, SynthesisStream } from '../ports.ts';
import { Ear, type EarOptions, type Heard } from './ear.ts';
import { heardText, type SpokenSentence, unheardSentences } from './heard-text.ts';
import { type CarrierMessage, FRAME_BYTES } from './media-streams.ts';
import type { Pacer } from './pacer.ts';
import { Playout, type PlayoutSettings } from './playout.ts';
import { RecentAudio } from './recent-audio.ts';
import { type LineTap, Taps } from './tap.ts';

export type LineEvent =
  | Heard
  | { type: 'caller.hungUp' }
  | { type: 'line.lost'; reason: string }
  | { type: 'voice.finished'; turn: number; next: Next };

export interface LineOptions {
  clock: Clock;
  pacer: Pacer;
  playout: PlayoutSettings;
  ear: Omit<EarOptions, 'clock' | 'tell' | 'noteEndpoint' | 'turnTaking'>;
  floor: Floor;
  /** The manners of every floor; default the chart's own. */
  turnTaking?: Record<Floor, TurnTaking>;
  synthesis: SynthesisStream;
  tell(event: LineEvent): void;
  note(note: Note): void;
  /** The first frame of a turn has left. */
  firstFrame(turn: number): void;
}

/** What a turn is made of: its sentences grow while it is spoken. */
export interface Spoken {
  readonly sentences: readonly SpokenSentence[];
  /** Of the sentences, those that the voice has yet to begin. */
  readonly waiting: FrozenLine['waiting'];
  /** The voice is not in the middle of a sentence. */
  readonly isBetweenSentences: boolean;
  /** What follows when the turn has been heard; null while it is not known to its end. */
  readonly next: Next | null;
}

const nothing: Spoken = { sentences: [], waiting: [], isBetweenSentences: true, next: null };

/** A person who speaks in the agent's place has no turns: none of the agent's has this number. */
const SUPERVISOR_TURN = -1;
/** A microphone is no faster than time; more than this ahead of it is a fault. */
const MAX_SUPERVISOR_LEAD_MS = 1_000;
/** How long the last words may take to be recognised once the call is over. */
const LAST_WORDS_MS = 500;

/** One call's audio, both ways. It outlives the carrier's socket: another may take its place. */
export class CallLine {
  readonly playout: Playout;
  readonly synthesis: SynthesisStream;
  readonly ear: Ear;
  readonly #options: LineOptions;
  readonly #turnTaking: Record<Floor, TurnTaking>;
  readonly #taps = new Taps();
  #socket: CarrierSocket | null = null;
  #floor: Floor;
  #turn = 0;
  #spoken: Spoken = nothing;
  #next: Next = 'listen';
  #unheard: readonly string[] = [];
  #streamSid: string | null = null;
  #midAir: FrozenLine | null = null;
  readonly #recent = new RecentAudio();

  constructor(options: LineOptions) {
    this.#options = options;
    this.#turnTaking = options.turnTaking ?? turnTaking;
    this.#floor = options.floor;
    this.synthesis = options.synthesis;
    this.playout = new Playout(
      options.clock,
      options.pacer,
      {
        firstFrame: turn => {
          if (turn === SUPERVISOR_TURN) return;
          options.note({ type: 'voice.firstFrame', turn });
          options.firstFrame(turn);
        },
        firstMark: turn => {
          if (turn !== SUPERVISOR_TURN) options.note({ type: 'voice.firstMark', turn });
        },
        finished: (turn, acknowledged) => this.#finished(turn, acknowledged),
      },
      options.playout,
    );
    this.playout.tap = this.#taps;
    this.ear = new Ear({
      ...options.ear,
      clock: options.clock,
      turnTaking: this.#turnTaking[options.floor],
      tell: options.tell,
      noteEndpoint: (utterance, sinceMs, audio) =>
        options.note({ type: 'endpoint', utterance, sinceMs, ...(audio && { audio }) }),
    });
  }

  get floor(): Floor {
    return this.#floor;
  }

  get isAttached(): boolean {
    return this.#socket !== null;
  }

  /** Sentences of the last interrupted turn that the caller did not hear to their end. */
  get unheard(): readonly string[] {
    return this.#unheard;
  }

  /** Lets `tap` hear both sides from now on, until the call is over. Returns how to stop. */
  tap(tap: LineTap): () => void {
    return this.#taps.add(tap);
  }

  /** `isCutOff`: the stream may never have been given what was sent to it last. */
  attach(socket: CarrierSocket, streamSid: string, isCutOff = false): void {
    this.#socket = socket;
    this.#streamSid = streamSid;
    this.playout.attach(socket, streamSid, isCutOff);
  }

  /** `socket` is gone, whoever closed it. One that has been replaced already is no loss. */
  detach(socket: CarrierSocket, reason: string): void {
    if (this.#socket !== socket) return;
    this.#socket = null;
    this.playout.detach();
    this.#options.tell({ type: 'line.lost', reason });
  }

  receive(message: CarrierMessage): void {
    switch (message.event) {
      case 'media':
        if (!this.#taps.isEmpty) this.#taps.caller(message.audio, this.#options.clock.now());
        this.#recent.write(message.audio);
        this.ear.write(message.audio);
        return;
      case 'mark':
        this.playout.markEchoed(message.name);
        return;
      case 'dtmf':
        this.ear.key(message.digit);
        return;
      case 'text':
        this.ear.type(message.text);
        return;
      case 'stop':
        this.#options.tell({ type: 'caller.hungUp' });
        return;
    }
  }

  takeFloor(floor: Floor): void {
    this.#floor = floor;
    this.ear.takeTurns(this.#turnTaking[floor]);
    // Who began to speak where that counted for nothing, and still does, has the floor now.
    if (floor === 'listening') this.ear.announceAgain();
  }

  follow(view: FlowView): void {
    this.ear.expect(expectedPhrases(view), view.listen);
  }

  openTurn(turn: number, spoken: Spoken): void {
    this.#turn = turn;
    this.#spoken = spoken;
    this.#next = 'listen';
    this.playout.begin(turn);
  }

  /** A turn that came here in mid-air is taken up by who speaks it on; null for any other. */
  midAir(turn: number): FrozenLine | null {
    return this.#midAir?.turn === turn ? this.#midAir : null;
  }

  /** Goes on with the turn that came here in mid-air. */
  takeUpTurn({ turn, next }: FrozenLine, spoken: Spoken): void {
    this.#midAir = null;
    this.#turn = turn;
    this.#spoken = spoken;
    this.#next = next;
  }

  /** All of the turn has been written; `next` follows once it has been heard. */
  endTurn(turn: number, next: Next): void {
    this.#next = next;
    this.playout.end(turn);
  }

  /** Speaks with a supervisor's voice, while the chart lets one have the floor. */
  speakInPlace(audio: Uint8Array): void {
    if (this.#floor !== 'takenOver') return;
    if (this.playout.playsUntilMs - this.#options.clock.now() > MAX_SUPERVISOR_LEAD_MS) return;
    if (this.playout.turn !== SUPERVISOR_TURN) this.playout.begin(SUPERVISOR_TURN);
    this.playout.write(SUPERVISOR_TURN, Buffer.from(audio));
  }

  /** Silences the agent at once and settles what of the turn was heard. */
  interrupt(): void {
    const { turn, heardBytes } = this.playout.interrupt();
    if (turn === 0 || turn !== this.#turn) return;
    const { sentences } = this.#spoken;
    this.#unheard = unheardSentences(sentences, heardBytes);
    this.#noteHeard(turn, heardBytes, true);
  }

  /** What is in the air, in both directions, can be written down whole. */
  get isMovable(): boolean {
    if (!this.ear.isQuiet) return false;
    if (this.playout.turn === 0) return true;
    return this.playout.turn === this.#turn && this.#spoken.next !== null && this.#spoken.isBetweenSentences;
  }

  /** The voice goes on for so long by what is synthesised, or needs nothing more. */
  isStocked(forMs: number): boolean {
    if (this.playout.turn === 0 || this.#spoken.waiting.length === 0) return true;
    return this.playout.playsUntilMs - this.#options.clock.now() >= forMs;
  }

  /** Only while `isMovable`. */
  freeze(): FrozenLine {
    const { turn } = this.playout;
    const { sentences, waiting, next } = turn === 0 ? nothing : this.#spoken;
    return {
      turn,
      next: next ?? 'listen',
      sentences: sentences.slice(0, sentences.length - waiting.length).map(sentence => ({ ...sentence })),
      waiting,
      playout: this.playout.freeze(),
      unheard: this.#unheard,
      streamSid: this.#streamSid,
      recent: this.#recent.read().toString('base64'),
    };
  }

  /** Takes up what was frozen `elapsedMs` ago. The chart must not have been started yet, nor a socket attached. */
  thaw(frozen: FrozenLine, elapsedMs: number): void {
    this.#midAir = frozen;
    this.#unheard = frozen.unheard;
    this.#streamSid = frozen.streamSid;
    this.playout.thaw(frozen.turn, frozen.streamSid, frozen.playout, elapsedMs);
  }

  /** Where the caller was about to speak when the call was frozen, ears that are new hear the beginning. */
  hearAgain({ recent }: FrozenLine): void {
    const audio = Buffer.from(recent, 'base64');
    for (let at = 0; at < audio.length; at += FRAME_BYTES) {
      const frame = audio.subarray(at, at + FRAME_BYTES);
      this.#recent.write(frame);
      this.ear.write(frame);
    }
  }

  /** The call goes on elsewhere: nothing more is said, told or noted. Gives back the socket, which stays open. */
  stop(): CarrierSocket | null {
    const socket = this.#socket;
    this.#socket = null;
    this.playout.stop();
    this.ear.close();
    this.synthesis.close();
    this.#taps.closed(this.#options.clock.now());
    return socket;
  }

  /** Collects the caller's last words, then closes the socket. */
  async finish(): Promise<void> {
    if (this.ear.flush()) await this.#lastWords();
    const socket = this.#socket;
    this.#socket = null;
    this.playout.detach();
    socket?.close(1000, 'call ended');
  }

  /** Hands the caller back to the carrier; the call goes on elsewhere. */
  release(): void {
    this.#socket?.close(1000, 'transfer');
  }

  close(): void {
    this.interrupt();
    this.ear.close();
    this.synthesis.close();
    this.#socket?.close(1001, 'call ended');
    this.#socket = null;
    this.#taps.closed(this.#options.clock.now());
  }

  #lastWords(): Promise<void> {
    const { clock } = this.#options;
    return new Promise(resolve => {
      let timer: TimerHandle = null;
      this.ear.onSettled = () => {
        clock.clearTimeout(timer);
        resolve();
      };
      timer = clock.setTimeout(resolve, LAST_WORDS_MS);
    });
  }

  #finished(turn: number, acknowledged: boolean): void {
    if (!acknowledged)
      this.#options.note({ type: 'warning', text: 'The carrier did not acknowledge the end of the turn.' });
    this.#unheard = [];
    this.#noteHeard(turn, this.playout.heardBytes, false);
    this.#options.tell({ type: 'voice.finished', turn, next: this.#next });
  }

  #noteHeard(turn: number, bytes: number, interrupted: boolean): void {
    const { sentences } = this.#spoken;
    const text = heardText(sentences, bytes);
    const proper = sentences.filter(({ isFiller }) => !isFiller);
    const hasFillers = proper.length < sentences.length;
    this.#options.note({
      type: 'turn.heard',
      turn,
      bytes,
      text,
      interrupted,
      ...(hasFillers && { withoutFillers: heardText(proper, bytes) }),
    });
  }
}
