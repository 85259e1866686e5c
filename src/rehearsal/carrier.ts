import type { Call } from '../../runtime/call.ts';
import type { Clock, TimerHandle } from '../../runtime/clock.ts';
import { BYTES_PER_MS } from '../../runtime/media/media-streams.ts';
import type { CarrierSocket } from '../../runtime/ports.ts';

const PAYLOAD_KEY = '"payload":"';
const MESSAGE_END = '"}}';

interface Mark {
  name: string;
  timer: TimerHandle;
}

/**
 * The carrier's end of a stream on a clock: plays at 8,000 bytes a second, echoes marks when they are due, obeys `clear`.
 * What it sends goes to the call's line as it is, without the detour over JSON; of what it is sent it reads only kinds,
 * sizes and the names of marks.
 */
export class SimulatedCarrier implements CarrierSocket {
  bufferedBytes = 0;
  /** Audio bytes sent since the last `clear`. */
  bytesSinceClear = 0;
  clears = 0;
  isOpen = true;
  echoesMarks = true;
  /** The furthest byte of each turn that was played to the caller before any `clear`. */
  readonly playedBytes = new Map<number, number>();
  readonly #clock: Clock;
  #call: Call | null = null;
  /** When all that was sent so far will have been played. */
  #dryMs = 0;
  /** In all, without what was cleared. */
  #sentMs = 0;
  #marks: Mark[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  connect(call: Call): void {
    this.#call = call;
  }

  send(text: string): 'sent' {
    if (text.startsWith('{"event":"media"')) this.#play(audioBytesIn(text));
    else if (text.startsWith('{"event":"mark"')) this.#mark(JSON.parse(text).mark.name as string);
    else if (text.startsWith('{"event":"clear"')) this.#clear();
    return 'sent';
  }

  get isPlaying(): boolean {
    return this.#dryMs > this.#clock.now();
  }

  /** How much the caller has been played since the stream began. */
  get playedMs(): number {
    return this.#sentMs - Math.max(0, this.#dryMs - this.#clock.now());
  }

  /** The caller's audio. */
  hear(audio: Buffer): void {
    if (this.isOpen) this.#call?.line.receive({ event: 'media', audio });
  }

  key(digit: string): void {
    if (this.isOpen) this.#call?.line.receive({ event: 'dtmf', digit });
  }

  hangUp(): void {
    this.#forgetMarks();
    this.#call?.line.receive({ event: 'stop' });
  }

  /** By either side, or by nobody: a stream that breaks off. */
  close(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.#forgetMarks();
    this.#call?.line.detach(this, 'closed');
  }

  #play(bytes: number): void {
    this.bytesSinceClear += bytes;
    this.#sentMs += bytes / BYTES_PER_MS;
    this.#dryMs = Math.max(this.#dryMs, this.#clock.now()) + bytes / BYTES_PER_MS;
  }

  #mark(name: string): void {
    const mark: Mark = { name, timer: null };
    const waitMs = Math.max(0, this.#dryMs - this.#clock.now());
    mark.timer = this.#clock.setTimeout(() => {
      this.#marks.splice(this.#marks.indexOf(mark), 1);
      this.#echo(name);
    }, waitMs);
    this.#marks.push(mark);
  }

  #echo(name: string): void {
    if (!this.echoesMarks) return;
    const [turn = 0, bytes = 0] = name.split(':').map(Number);
    this.playedBytes.set(turn, bytes);
    this.#call?.line.receive({ event: 'mark', name });
  }

  #clear(): void {
    this.clears++;
    this.bytesSinceClear = 0;
    this.#sentMs = this.playedMs;
    this.#dryMs = this.#clock.now();
    // As Twilio does: what was held back comes at once, and proves nothing.
    const names = this.#forgetMarks();
    if (this.echoesMarks) for (const name of names) this.#call?.line.receive({ event: 'mark', name });
  }

  #forgetMarks(): string[] {
    for (const { timer } of this.#marks) this.#clock.clearTimeout(timer);
    return this.#marks.splice(0).map(({ name }) => name);
  }
}

/** From the length alone: three bytes are four letters, and `=` fills up the last four. */
function audioBytesIn(message: string): number {
  const from = message.indexOf(PAYLOAD_KEY) + PAYLOAD_KEY.length;
  const to = message.length - MESSAGE_END.length;
  const padding = message[to - 1] !== '=' ? 0 : message[to - 2] === '=' ? 2 : 1;
  return ((to - from) / 4) * 3 - padding;
}
