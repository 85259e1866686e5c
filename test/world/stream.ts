import type { SimulatedClock, TimerHandle } from '../../runtime/clock.ts';
import { BYTES_PER_MS } from '../../runtime/media/media-streams.ts';
import { audioIn } from './position-audio.ts';
import type { WireEnd } from './wire.ts';

export interface StreamListener {
  /** Audio for the caller has come, from this process; it ends at `dryMs` unless more follows. */
  audio(audio: Buffer, from: string, dryMs: number): void;
  /** Returns whom to tell when whoever sent it has its echo. */
  mark(): () => void;
  cleared(): void;
  /** The node's side closed it, or it broke. */
  ended(reason: string): void;
}

interface Mark {
  name: string;
  timer: TimerHandle;
}

/** Frames of silence keep a server from taking a stream for dead. Twilio sends 50 a second; this is enough to say so. */
const ALIVE_EVERY_MS = 4_000;
const SILENCE = Buffer.alloc(160, 0xff);

/** The carrier's end of one media stream: plays 8,000 bytes a second, echoes marks when they are due, obeys `clear`. */
export class CarrierStream {
  readonly streamSid: string;
  echoesMarks = true;
  readonly #clock: SimulatedClock;
  readonly #wire: WireEnd;
  readonly #listener: StreamListener;
  #marks: Mark[] = [];
  #dryMs = 0;
  #alive: TimerHandle = null;
  #isOver = false;

  constructor(clock: SimulatedClock, wire: WireEnd, streamSid: string, listener: StreamListener) {
    this.#clock = clock;
    this.#wire = wire;
    this.streamSid = streamSid;
    this.#listener = listener;
    this.#keepAlive();
  }

  get isOpen(): boolean {
    return this.#wire.isOpen;
  }

  /** When the caller will have heard all that has come. */
  get dryMs(): number {
    return this.#dryMs;
  }

  start(callSid: string, parameters: Record<string, string>): void {
    const { streamSid } = this;
    this.#send({ event: 'connected', protocol: 'Call', version: '1.0.0' });
    this.#send({
      event: 'start',
      streamSid,
      start: { streamSid, callSid, accountSid: 'AC', customParameters: parameters },
    });
  }

  receive(text: string, from: string): void {
    if (text.startsWith('{"event":"media"')) this.#play(audioIn(text), from);
    else if (text.startsWith('{"event":"mark"')) this.#mark(JSON.parse(text).mark.name as string);
    else if (text.startsWith('{"event":"clear"')) this.#clear();
  }

  /** The caller's audio. */
  hear(audio: Buffer): void {
    this.#wire.send(
      `{"event":"media","streamSid":"${this.streamSid}","media":{"payload":"${base64Of(audio)}"}}`,
    );
  }

  key(digit: string): void {
    this.#send({ event: 'dtmf', streamSid: this.streamSid, dtmf: { digit } });
  }

  /** The caller has hung up. */
  stop(): void {
    this.#send({ event: 'stop', streamSid: this.streamSid });
    this.#finish();
    this.#wire.close(1000, 'stop');
  }

  /** It breaks at both ends. */
  snap(): void {
    this.#wire.snap();
  }

  /** The carrier gives it up, and the other end is not told. */
  vanish(): void {
    this.#wire.vanish();
    this.#finish();
    this.#wire.close(1006, '');
    this.#end('vanished');
  }

  closed(reason: string): void {
    this.#finish();
    this.#end(reason);
  }

  /** The socket of a stream that was given up may close long after another stream has come. */
  #end(reason: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#listener.ended(reason);
  }

  #play(audio: Buffer, from: string): void {
    this.#dryMs = Math.max(this.#dryMs, this.#clock.now()) + audio.length / BYTES_PER_MS;
    this.#listener.audio(audio, from, this.#dryMs);
  }

  #mark(name: string): void {
    const echoed = this.#listener.mark();
    const mark: Mark = { name, timer: null };
    mark.timer = this.#clock.setTimeout(
      () => {
        this.#marks.splice(this.#marks.indexOf(mark), 1);
        this.#echo(name, echoed);
      },
      Math.max(0, this.#dryMs - this.#clock.now()),
    );
    this.#marks.push(mark);
  }

  #echo(name: string, taken?: () => void): void {
    if (this.echoesMarks) this.#send({ event: 'mark', streamSid: this.streamSid, mark: { name } }, taken);
  }

  #clear(): void {
    this.#dryMs = this.#clock.now();
    this.#listener.cleared();
    // As Twilio does: what was held back comes at once, and proves nothing.
    for (const name of this.#forgetMarks()) this.#echo(name);
  }

  #forgetMarks(): string[] {
    for (const { timer } of this.#marks) this.#clock.clearTimeout(timer);
    return this.#marks.splice(0).map(({ name }) => name);
  }

  #keepAlive(): void {
    this.#alive = this.#clock.setTimeout(() => {
      this.hear(SILENCE);
      this.#keepAlive();
    }, ALIVE_EVERY_MS);
  }

  #finish(): void {
    this.#forgetMarks();
    this.#clock.clearTimeout(this.#alive);
    this.#dryMs = Math.min(this.#dryMs, this.#clock.now());
  }

  #send(message: object, taken?: () => void): void {
    this.#wire.send(JSON.stringify(message), taken);
  }
}

/** Most pieces of a caller's audio are the same few. */
const encoded = new WeakMap<Buffer, string>();

function base64Of(audio: Buffer): string {
  const known = encoded.get(audio);
  if (known !== undefined) return known;
  const text = audio.toString('base64');
  encoded.set(audio, text);
  return text;
}
