import { EventEmitter } from 'node:events';
import { type RawData, WebSocket } from 'ws';
import { type Clock, systemClock } from '../../runtime/clock.ts';
import { BYTES_PER_MS, FRAME_BYTES } from '../../runtime/media/media-streams.ts';
import { FRAME_MS, tickerOf } from './frame-ticker.ts';
import { PlayoutBuffer } from './playout-buffer.ts';
import { cutIntoFrames, SILENT_FRAME, SILENT_PAYLOAD, type Speech } from './speech.ts';
import { isVoiced, SpeechMeter } from './speech-meter.ts';
import type { StereoRecorder } from './stereo-recorder.ts';
import {
  CONNECTED,
  dtmfMessage,
  markMessage,
  mediaMessage,
  readServerMessage,
  type StreamIdentity,
  startMessage,
  stopMessage,
} from './stream-messages.ts';

// A server that lets this much wait does not read; Twilio then drops the caller's audio (31930).
const CONGESTED_BYTES = 256 * 1024;
const HANDSHAKE_TIMEOUT_MS = 10_000;
const DTMF_KEYS = /^[0-9*#A-D]$/;

export interface CarrierLineOptions extends StreamIdentity {
  /** Where to connect, `ws:` or `wss:`. */
  url: string;
  /** Headers of the upgrade, such as its signature. */
  headers?: Record<string, string>;
  customParameters?: Record<string, string>;
  clock?: Clock;
  recorder?: StereoRecorder;
  /**
   * `audio` (default) listens to how loud the agent is. `bytes` only counts: any audio is the agent speaking. It
   * makes a line cheap enough to have a thousand of them.
   */
  hearing?: 'audio' | 'bytes';
}

export interface LineEnd {
  code: number;
  reason: string;
  /** `dropped`: without a close frame, on either side. */
  by: 'caller' | 'server' | 'dropped';
}

/** Times are of the line's clock. */
export interface CarrierLineEvents {
  /** Audio arrived. `clearedAtMs` is when the last `clear` did, or null. */
  frame: [arrivedAtMs: number, sizeBytes: number, clearedAtMs: number | null];
  markReceived: [name: string, atMs: number];
  /** A mark was echoed: everything before it was heard, or thrown away by a `clear`. */
  mark: [name: string, cause: 'played' | 'cleared', atMs: number];
  clear: [atMs: number, discardedBytes: number];
  /** Judged by what is played, not by what arrives. */
  agentStarted: [atMs: number];
  agentStopped: [atMs: number];
  /** Over ten minutes were waiting to be played (31931). */
  discarded: [sizeBytes: number];
  /** The server sent what Twilio does not accept (31924). */
  protocolError: [message: string];
  closed: [end: LineEnd];
}

interface Utterance {
  speech: Speech;
  nextFrame: number;
  said: () => void;
}

/**
 * The carrier's end of one media stream: sends the caller's frames in real time and plays what the server sends, as
 * Twilio Media Streams does. The line ends when either side closes; nothing reconnects it.
 */
export class CarrierLine extends EventEmitter<CarrierLineEvents> {
  readonly identity: StreamIdentity;
  /** What has gone over the line so far. */
  readonly counts = {
    framesSent: 0,
    framesDropped: 0,
    framesReceived: 0,
    bytesReceived: 0,
    bytesPlayed: 0,
    bytesDiscarded: 0,
    marks: 0,
    clears: 0,
    protocolErrors: 0,
  };

  readonly #options: CarrierLineOptions;
  readonly #clock: Clock;
  readonly #hearsAudio: boolean;
  readonly #playout: PlayoutBuffer;
  readonly #meter = new SpeechMeter();
  readonly #played = new Uint8Array(FRAME_BYTES);
  readonly #utterances: Utterance[] = [];
  #socket: WebSocket | null = null;
  #sequence = 0;
  #chunk = 0;
  #clearedAtMs: number | null = null;
  #endedBy: LineEnd['by'] | null = null;
  #end: LineEnd | null = null;

  constructor(options: CarrierLineOptions) {
    super();
    this.#options = options;
    const { accountSid, callSid, streamSid } = options;
    this.identity = { accountSid, callSid, streamSid };
    this.#clock = options.clock ?? systemClock;
    this.#hearsAudio = options.hearing !== 'bytes' || options.recorder !== undefined;
    this.#playout = new PlayoutBuffer({ keepsAudio: this.#hearsAudio });
  }

  /** Connects and starts the stream. Throws when the server refuses or cannot be reached. */
  async open(): Promise<void> {
    const socket = await connect(this.#options.url, this.#options.headers);
    this.#socket = socket;
    socket.on('message', (data, isBinary) => this.#received(data, isBinary));
    socket.on('close', (code, reason) => this.#closed(code, reason.toString()));
    socket.on('error', () => {});
    this.#send(CONNECTED);
    this.#send(startMessage(++this.#sequence, this.identity, this.#options.customParameters ?? {}));
    this.#options.recorder?.attach();
    tickerOf(this.#clock).add(this);
  }

  get isOpen(): boolean {
    return this.#socket !== null && this.#end === null && this.#endedBy === null;
  }

  get agentIsSpeaking(): boolean {
    return this.#meter.speaking;
  }

  /** Audio the agent has sent that the caller has not heard yet. */
  get bufferedMs(): number {
    return this.#playout.bufferedBytes / BYTES_PER_MS;
  }

  /** Says mu-law audio after what is still being said. Settles when the last frame is sent or the line has ended. */
  say(audio: Uint8Array | Speech): Promise<void> {
    const speech = audio instanceof Uint8Array ? cutIntoFrames(audio) : audio;
    if (!this.isOpen || speech.frames.length === 0) return Promise.resolve();

    return new Promise(said => this.#utterances.push({ speech, nextFrame: 0, said }));
  }

  /** Presses a key: `0` … `9`, `*`, `#`, `A` … `D`. */
  key(digit: string): void {
    if (!DTMF_KEYS.test(digit)) throw new RangeError(`A telephone has no key ${JSON.stringify(digit)}.`);
    if (this.isOpen) this.#send(dtmfMessage(this.identity.streamSid, ++this.#sequence, digit));
  }

  /** Ends the stream as a caller does who hangs up: `stop`, then a clean close. */
  hangUp(): Promise<LineEnd> {
    return this.#endWith('caller', socket => {
      this.#send(stopMessage(++this.#sequence, this.identity));
      socket.close(1000);
    });
  }

  /** Ends the stream as a broken network does: no `stop`, no close frame. */
  dropLine(): Promise<LineEnd> {
    return this.#endWith('dropped', socket => socket.terminate());
  }

  /** Settles when the line has ended. */
  ended(): Promise<LineEnd> {
    if (this.#end) return Promise.resolve(this.#end);
    return new Promise(resolve => this.once('closed', resolve));
  }

  /** Twenty milliseconds later: one frame goes out, one is played. Called by the ticker. */
  tick(): void {
    const sent = this.#sendFrame();
    const bytes = this.#playout.playFrame(this.#played);
    this.counts.bytesPlayed += bytes;
    this.#echoMarks('played');
    this.#meterFrame(bytes);
    this.#options.recorder?.frame(sent, this.#played, bytes);
  }

  #sendFrame(): Uint8Array {
    const utterance = this.#utterances[0];
    const timestampMs = this.#chunk++ * FRAME_MS;
    const index = utterance ? utterance.nextFrame++ : 0;
    const payload = utterance ? utterance.speech.frames[index]! : SILENT_PAYLOAD;

    if (this.#socket!.bufferedAmount > CONGESTED_BYTES) this.counts.framesDropped++;
    else {
      this.#send(mediaMessage(this.identity.streamSid, ++this.#sequence, this.#chunk, timestampMs, payload));
      this.counts.framesSent++;
    }
    if (!utterance) return SILENT_FRAME;

    if (utterance.nextFrame === utterance.speech.frames.length) {
      this.#utterances.shift();
      utterance.said();
    }
    return utterance.speech.audio.subarray(index * FRAME_BYTES, (index + 1) * FRAME_BYTES);
  }

  #meterFrame(bytes: number): void {
    const voiced = this.#hearsAudio ? isVoiced(this.#played, bytes) : bytes > 0;
    const change = this.#meter.frame(voiced, this.#clock.now());
    if (change === null) return;

    this.emit(change === 'started' ? 'agentStarted' : 'agentStopped', this.#meter.changedAtMs);
  }

  #received(data: RawData, isBinary: boolean): void {
    if (this.#endedBy !== null) return;
    try {
      if (isBinary) throw new Error('A message is binary; Media Streams are text.');
      this.#obey(data.toString());
    } catch (error) {
      this.counts.protocolErrors++;
      this.emit('protocolError', (error as Error).message);
    }
  }

  #obey(text: string): void {
    const message = readServerMessage(text, this.identity.streamSid);
    if (message.event === 'media') this.#queue(message.payload, message.sizeBytes);
    else if (message.event === 'mark') this.#queueMark(message.name);
    else this.#clear();
  }

  #queue(payload: string, sizeBytes: number): void {
    this.counts.framesReceived++;
    this.counts.bytesReceived += sizeBytes;
    const audio = this.#hearsAudio ? Buffer.from(payload, 'base64') : null;
    if (!this.#playout.push(sizeBytes, audio)) {
      this.counts.bytesDiscarded += sizeBytes;
      this.emit('discarded', sizeBytes);
    }
    this.emit('frame', this.#clock.now(), sizeBytes, this.#clearedAtMs);
  }

  #queueMark(name: string): void {
    this.#playout.mark(name);
    this.emit('markReceived', name, this.#clock.now());
    this.#echoMarks('played');
  }

  #clear(): void {
    this.#clearedAtMs = this.#clock.now();
    this.counts.clears++;
    this.emit('clear', this.#clearedAtMs, this.#playout.clear());
    this.#echoMarks('cleared');
  }

  #echoMarks(cause: 'played' | 'cleared'): void {
    for (let name = this.#playout.takeDueMark(); name !== null; name = this.#playout.takeDueMark()) {
      this.counts.marks++;
      this.#send(markMessage(this.identity.streamSid, ++this.#sequence, name));
      this.emit('mark', name, cause, this.#clock.now());
    }
  }

  #send(text: string): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(text);
  }

  #endWith(by: LineEnd['by'], end: (socket: WebSocket) => void): Promise<LineEnd> {
    if (!this.#socket) throw new Error('The line was never opened.');

    if (this.isOpen) {
      tickerOf(this.#clock).remove(this);
      end(this.#socket);
      this.#endedBy = by;
    }
    return this.ended();
  }

  #closed(code: number, reason: string): void {
    const ABNORMAL = 1006;
    const by = this.#endedBy ?? (code === ABNORMAL ? 'dropped' : 'server');
    this.#end = { code, reason, by };
    tickerOf(this.#clock).remove(this);
    this.#options.recorder?.detach();
    for (const utterance of this.#utterances.splice(0)) utterance.said();
    if (this.#meter.speaking) this.emit('agentStopped', this.#clock.now());
    this.emit('closed', this.#end);
  }
}

function connect(url: string, headers: Record<string, string> = {}): Promise<WebSocket> {
  const socket = new WebSocket(url, {
    headers,
    perMessageDeflate: false,
    handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
  });

  return new Promise((resolve, reject) => {
    socket.once('open', () => resolve(socket));
    socket.once('error', cause => reject(new Error(`No stream at ${url}: ${cause.message}.`, { cause })));
    socket.once('unexpected-response', (request, response) => {
      request.destroy();
      reject(new Error(`The server refused the stream at ${url} with HTTP ${response.statusCode}.`));
    });
  });
}
