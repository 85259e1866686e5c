import type { Clock, TimerHandle } from '../clock.ts';
import type { FrozenPlayout } from '../frozen-call.ts';
import type { CarrierSocket } from '../ports.ts';
import { BYTES_PER_MS, CarrierWriter, FRAME_BYTES } from './media-streams.ts';
import type { Paced, Pacer } from './pacer.ts';
import type { LineTap } from './tap.ts';
import { TurnAudio } from './turn-audio.ts';

export interface PlayoutListener {
  /** The first audio of a turn has left for the carrier. */
  firstFrame(turn: number): void;
  /** The carrier acknowledged the first mark: the caller hears the turn. */
  firstMark(turn: number): void;
  /** Everything of the turn was played to the caller, or must be taken to have been. */
  finished(turn: number, acknowledged: boolean): void;
}

export interface PlayoutSettings {
  /** How much unheard audio the carrier may hold: enough for the network's jitter, little to throw away. */
  leadMs: number;
  /** One mark for so much audio: the grain of what is known to be heard. */
  markEveryMs: number;
  /** How long after its audio must have ended a missing last mark is waited for. */
  markGraceMs: number;
  /** Above this much unsent in the socket, audio waits here. */
  maxBufferedBytes: number;
  /** How often waiting audio is looked at, for all calls of a host. Default 5 ms; a rehearsal takes longer steps. */
  tickMs?: number;
}

/** What an edge has held while a call moved. */
const ON_ITS_WAY_MS = 500;

export const defaultPlayout: PlayoutSettings = {
  leadMs: 300,
  markEveryMs: 200,
  markGraceMs: 2_000,
  maxBufferedBytes: 64 * 1024,
};

/**
 * The agent's voice on its way to the carrier. Audio is sent a bounded lead ahead of its playing, with marks that name
 * the turn and the byte they stand behind, and how often it is said again; what the marks bring back is what the caller has heard.
 *
 * A `clear` makes the carrier echo every mark it held. Nothing tells those echoes from marks that were played, so a
 * mark that is still out when `clear` is sent counts as unheard, whenever it comes back.
 */
export class Playout implements Paced {
  readonly #clock: Clock;
  readonly #pacer: Pacer;
  readonly #listener: PlayoutListener;
  readonly #settings: PlayoutSettings;
  #socket: CarrierSocket | null = null;
  #streamSid: string | null = null;
  #writer = new CarrierWriter('');

  #turn = 0;
  readonly #audio = new TurnAudio();
  #ended = true;
  /** Since when audio has been waiting without a break. */
  #waitingSinceMs = 0;
  #endedUnheard = false;
  #markedBytes = 0;
  #heardBytes = 0;
  #heardAny = false;
  /** How often the turn has been said again on the stream that it was on. */
  #repeats = 0;
  /** When the carrier will have played all it was sent. */
  #carrierDryMs = 0;
  #lastMark: TimerHandle | null = null;

  /** Hears, once a frame is with the socket, when it was due: it was there, and the lead had room for it. */
  onFrameSent: ((dueMs: number) => void) | null = null;
  /** Hears what the caller is given to hear. */
  tap: Pick<LineTap, 'agent' | 'agentSilenced'> | null = null;

  constructor(clock: Clock, pacer: Pacer, listener: PlayoutListener, settings = defaultPlayout) {
    this.#clock = clock;
    this.#pacer = pacer;
    this.#listener = listener;
    this.#settings = settings;
  }

  /** `isCutOff`: the stream may never have been given what was sent to it last. */
  attach(socket: CarrierSocket, streamSid: string, isCutOff = false): void {
    this.detach();
    this.#socket = socket;
    this.#writer = new CarrierWriter(streamSid);
    if (this.#streamSid !== streamSid) this.#sayAgain();
    else if (isCutOff && this.#isUnacknowledged) {
      this.#clearCarrier();
      // The marks that the carrier held come back now, and tell nothing of what is said again.
      this.#repeats++;
      this.#sayAgain();
    }
    this.#streamSid = streamSid;
    this.#start();
  }

  /** The carrier has nothing of what it did not acknowledge. */
  #sayAgain(): void {
    this.#carrierDryMs = 0;
    if (!this.#isUnacknowledged) return;
    this.#audio.rewind(this.#heardBytes);
    this.#markedBytes = this.#heardBytes;
    this.#waitingSinceMs = this.#clock.now();
    this.#cancelLastMark();
  }

  detach(): void {
    if (this.#socket && this.#carrierDryMs > 0) this.tap?.agentSilenced(this.#clock.now());
    this.#socket = null;
  }

  /** Whose audio is taken; 0: nobody's. */
  get turn(): number {
    return this.#turn;
  }

  /** Acknowledged bytes of the current turn. */
  get heardBytes(): number {
    return this.#heardBytes;
  }

  /** Whether audio of the current turn is still to be sent or to be heard. */
  get isBusy(): boolean {
    return this.#audio.waitingBytes > 0 || this.#heardBytes < this.#audio.sentBytes;
  }

  /** The latest turn ended, and the carrier never said that it had played it. */
  get hasEndedUnheard(): boolean {
    return this.#endedUnheard;
  }

  get #isUnacknowledged(): boolean {
    return this.#turn !== 0 && this.#heardBytes < this.#audio.sentBytes;
  }

  /** When the caller will have heard all that was written so far, if the carrier plays it as it comes. */
  get playsUntilMs(): number {
    const { waitingBytes } = this.#audio;
    if (waitingBytes === 0) return this.#carrierDryMs;
    return Math.max(this.#carrierDryMs, this.#clock.now()) + waitingBytes / BYTES_PER_MS;
  }

  /** A new turn takes the line; what is left of an earlier one must have been interrupted or finished. */
  begin(turn: number): void {
    this.#turn = turn;
    this.#audio.clear();
    this.#ended = false;
    this.#markedBytes = 0;
    this.#heardBytes = 0;
    this.#heardAny = false;
    this.#repeats = 0;
    this.#endedUnheard = false;
    this.#cancelLastMark();
  }

  /** Takes over `audio`: the caller must not change it afterwards. */
  write(turn: number, audio: Uint8Array): void {
    if (turn !== this.#turn || audio.length === 0) return;
    if (this.#audio.waitingBytes === 0) this.#waitingSinceMs = this.#clock.now();
    this.#audio.write(Buffer.from(audio.buffer, audio.byteOffset, audio.length));
    this.#start();
  }

  /** No more audio will be written for the turn. */
  end(turn: number): void {
    if (turn !== this.#turn || this.#ended) return;
    this.#ended = true;
    if (this.#audio.sentBytes === 0 && this.#audio.waitingBytes === 0) this.#listener.finished(turn, true);
    else this.#start();
  }

  /**
   * Silences the agent: drops what is queued here, then what the carrier holds. Returns how much of the turn the caller
   * is known to have heard.
   */
  interrupt(): { turn: number; heardBytes: number } {
    const interrupted = { turn: this.#turn, heardBytes: this.#heardBytes };
    const carrierHoldsAudio = this.#heardBytes < this.#audio.sentBytes;
    this.begin(0);
    this.#ended = true;
    this.#pacer.remove(this);
    if (carrierHoldsAudio) this.#clearCarrier();
    this.#carrierDryMs = 0;
    return interrupted;
  }

  #clearCarrier(): void {
    this.#socket?.send(this.#writer.clear());
    this.tap?.agentSilenced(this.#clock.now());
  }

  /** The voice in mid-air, written down. What the carrier echoes later counts wherever it goes on. */
  freeze(): FrozenPlayout {
    const { sentBytes } = this.#audio;
    const isSpeaking = this.#turn !== 0;
    return {
      audio: isSpeaking ? this.#audio.slice(sentBytes).toString('base64') : '',
      unacknowledged: isSpeaking ? this.#audio.slice(this.#heardBytes, sentBytes).toString('base64') : '',
      sentBytes,
      markedBytes: this.#markedBytes,
      heardBytes: this.#heardBytes,
      heardAny: this.#heardAny,
      ended: this.#ended,
      ...(this.#repeats > 0 && { repeats: this.#repeats }),
      carrierHoldsMs: this.#carrierDryMs - this.#clock.now(),
    };
  }

  /** Takes up a voice that was frozen `elapsedMs` ago; it goes on when a socket is attached. */
  thaw(turn: number, streamSid: string | null, frozen: FrozenPlayout, elapsedMs: number): void {
    const nowMs = this.#clock.now();
    this.#streamSid = streamSid;
    this.#carrierDryMs = nowMs + frozen.carrierHoldsMs - elapsedMs;
    if (turn === 0) return;
    this.begin(turn);
    const unacknowledged = Buffer.from(frozen.unacknowledged, 'base64');
    this.#audio.takeUp(frozen.heardBytes, unacknowledged, Buffer.from(frozen.audio, 'base64'));
    this.#ended = frozen.ended;
    this.#markedBytes = frozen.markedBytes;
    this.#heardBytes = frozen.heardBytes;
    this.#heardAny = frozen.heardAny;
    this.#repeats = frozen.repeats ?? 0;
    this.#waitingSinceMs = nowMs;
  }

  /** Goes on elsewhere: nothing is told, and what the carrier holds is heard. */
  stop(): void {
    this.#socket = null;
    this.#pacer.remove(this);
    this.#cancelLastMark();
  }

  /** The carrier echoed a mark. */
  markEchoed(name: string): void {
    const [turn, bytes, repeats = 0] = name.split(':').map(Number);
    if (turn !== this.#turn || turn === 0 || repeats !== this.#repeats) return;
    if (bytes === undefined || !(bytes > this.#heardBytes)) return;

    this.#heardBytes = Math.min(bytes, this.#audio.sentBytes);
    this.#audio.heard(this.#heardBytes);
    if (!this.#heardAny) {
      this.#heardAny = true;
      this.#listener.firstMark(turn);
    }
    if (this.#isAllSent() && this.#heardBytes === this.#audio.sentBytes) this.#finish(true);
  }

  /** The socket has room again. */
  drained(): void {
    if (this.#audio.waitingBytes > 0) this.#start();
  }

  /** Lets the carrier hold up to `leadMs`, once: for a while nobody here may send anything. */
  getAhead(leadMs: number): void {
    this.pump(this.#clock.now(), leadMs);
  }

  pump(nowMs: number, leadMs = this.#settings.leadMs): boolean {
    const socket = this.#socket;
    if (!socket) return false;

    while (this.#audio.waitingBytes > 0) {
      if (socket.bufferedBytes > this.#settings.maxBufferedBytes) return false;
      const dueMs = this.#carrierDryMs - leadMs;
      if (dueMs >= nowMs) return true;
      this.#sendFrame(socket, nowMs);
      this.onFrameSent?.(Math.max(dueMs, this.#waitingSinceMs));
      if (this.#turn === 0) return false;
    }
    if (this.#isAllSent()) this.#markEnd(socket, nowMs);
    return false;
  }

  #start(): void {
    if (this.pump(this.#clock.now())) this.#pacer.add(this);
  }

  #sendFrame(socket: CarrierSocket, nowMs: number): void {
    const { chunk, offset } = this.#audio;
    const to = Math.min(offset + FRAME_BYTES, chunk.length);
    const playsAtMs = Math.max(this.#carrierDryMs, nowMs);
    const sent = socket.send(this.#writer.media(chunk, offset, to));
    if (sent !== 'dropped') this.tap?.agent(chunk, offset, to, playsAtMs);

    const isFirst = this.#audio.sentBytes === 0;
    this.#audio.sent(to - offset);
    this.#carrierDryMs = playsAtMs + (to - offset) / BYTES_PER_MS;
    if (this.#audio.sentBytes - this.#markedBytes >= this.#settings.markEveryMs * BYTES_PER_MS)
      this.#mark(socket);
    if (isFirst) this.#listener.firstFrame(this.#turn);
  }

  #mark(socket: CarrierSocket): void {
    this.#markedBytes = this.#audio.sentBytes;
    const name = `${this.#turn}:${this.#markedBytes}`;
    socket.send(this.#writer.mark(this.#repeats > 0 ? `${name}:${this.#repeats}` : name));
  }

  #isAllSent(): boolean {
    return this.#ended && this.#audio.waitingBytes === 0;
  }

  #markEnd(socket: CarrierSocket, nowMs: number): void {
    if (this.#markedBytes < this.#audio.sentBytes) this.#mark(socket);
    if (this.#heardBytes === this.#audio.sentBytes) {
      this.#finish(true);
      return;
    }
    if (this.#lastMark !== null) return;
    // Some of the grace may be over, where the voice was let go elsewhere; an echo that came meanwhile is on its way here.
    const waitMs = Math.max(ON_ITS_WAY_MS, this.#carrierDryMs + this.#settings.markGraceMs - nowMs);
    this.#lastMark = this.#clock.setTimeout(() => this.#finish(false), waitMs);
  }

  #finish(acknowledged: boolean): void {
    const turn = this.#turn;
    if (turn === 0) return;
    this.#cancelLastMark();
    this.#turn = 0;
    this.#endedUnheard = !acknowledged;
    this.#listener.finished(turn, acknowledged);
  }

  #cancelLastMark(): void {
    if (this.#lastMark !== null) this.#clock.clearTimeout(this.#lastMark);
    this.#lastMark = null;
  }
}
