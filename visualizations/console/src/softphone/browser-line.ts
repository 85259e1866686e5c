import type { SoftphoneAnswer } from '../shell/types.ts';
import processorUrl from './line.worklet.ts?worker&url';
import type { FromAudio, ToAudio } from './line-messages.ts';
import {
  audioOf,
  CONNECTED,
  dtmfMessage,
  markMessage,
  mediaMessage,
  type ServerMessage,
  startMessage,
  stopMessage,
  textMessage,
} from './stream-messages.ts';

/** A server that lets this much wait does not read: the frames of the moment are dropped, as a carrier does. */
const CONGESTED_BYTES = 256 * 1024;
const NORMAL = 1000;

export interface LineListener {
  levels(caller: number, agent: number): void;
  /** The server closed the stream, or the network did. */
  closed(wasClean: boolean): void;
}

/** The browser as a carrier: microphone and speaker at one end, the server's media socket at the other. */
export class BrowserLine {
  readonly #context: AudioContext;
  readonly #node: AudioWorkletNode;
  readonly #microphone: MediaStream | null;
  readonly #listener: LineListener;
  #socket: WebSocket | null = null;
  #stream: SoftphoneAnswer | null = null;
  #sequence = 0;
  #chunk = 0;

  private constructor(
    context: AudioContext,
    node: AudioWorkletNode,
    microphone: MediaStream | null,
    listener: LineListener,
  ) {
    this.#context = context;
    this.#node = node;
    this.#microphone = microphone;
    this.#listener = listener;
    node.port.onmessage = ({ data }: MessageEvent<FromAudio>) => this.#fromAudio(data);
  }

  /** Starts the audio. `context` was made when the person pressed the button, as browsers want it. */
  static async open(
    context: AudioContext,
    microphone: MediaStream | null,
    listener: LineListener,
  ): Promise<BrowserLine> {
    try {
      await context.audioWorklet.addModule(processorUrl);
    } catch (cause) {
      throw new Error(
        'The telephone could not be loaded: the server may have been updated. Load this page again.',
        {
          cause,
        },
      );
    }
    await context.resume();
    const node = new AudioWorkletNode(context, 'telephone-line', {
      numberOfInputs: 1,
      numberOfOutputs: 1,
      outputChannelCount: [1],
      channelCount: 1,
      channelCountMode: 'explicit',
    });
    const line = new BrowserLine(context, node, microphone, listener);
    if (microphone) context.createMediaStreamSource(microphone).connect(node);
    node.connect(context.destination);
    line.#tell({ type: 'latency', ms: (context.outputLatency || context.baseLatency || 0) * 1000 });
    return line;
  }

  /** Connects the stream, the first or the next one of the call. Throws when the server cannot be reached. */
  async attach(stream: SoftphoneAnswer): Promise<void> {
    const socket = new WebSocket(stream.url);
    await new Promise<void>((resolve, reject) => {
      socket.onopen = () => resolve();
      socket.onclose = () => reject(new Error('The server did not take the call’s audio stream. Try again.'));
    });
    this.#stream = stream;
    this.#socket = socket;
    this.#sequence = 0;
    this.#chunk = 0;
    socket.onmessage = ({ data }) => this.#fromServer(data as string);
    socket.onclose = ({ wasClean }) => {
      if (this.#socket !== socket) return;
      this.#socket = null;
      this.#tell({ type: 'clear' });
      this.#listener.closed(wasClean);
    };
    socket.send(CONNECTED);
    socket.send(startMessage(++this.#sequence, stream));
  }

  mute(muted: boolean): void {
    this.#tell({ type: 'mute', muted });
  }

  key(digit: string): void {
    this.#send(stream => dtmfMessage(stream.streamSid, ++this.#sequence, digit));
  }

  type(text: string): void {
    this.#send(stream => textMessage(stream.streamSid, ++this.#sequence, text));
  }

  /** The caller hangs up: `stop`, then a clean close. */
  hangUp(): void {
    this.#send(stream => stopMessage(++this.#sequence, stream));
    this.close();
  }

  /** Gives the microphone and the speaker back. */
  close(): void {
    const socket = this.#socket;
    this.#socket = null;
    socket?.close(NORMAL);
    this.#node.port.onmessage = null;
    this.#node.disconnect();
    for (const track of this.#microphone?.getTracks() ?? []) track.stop();
    if (this.#context.state !== 'closed') void this.#context.close();
  }

  #fromServer(text: string): void {
    const message = JSON.parse(text) as ServerMessage;
    if (message.event === 'media') this.#tell({ type: 'play', audio: audioOf(message.media.payload) });
    else if (message.event === 'mark') this.#tell({ type: 'mark', name: message.mark.name });
    else if (message.event === 'clear') this.#tell({ type: 'clear' });
  }

  #fromAudio(message: FromAudio): void {
    if (message.type === 'marked') {
      this.#send(stream => markMessage(stream.streamSid, ++this.#sequence, message.name));
      return;
    }
    this.#listener.levels(message.callerLevel, message.agentLevel);
    if ((this.#socket?.bufferedAmount ?? 0) > CONGESTED_BYTES) return;
    this.#send(stream => mediaMessage(stream.streamSid, ++this.#sequence, ++this.#chunk, message.audio));
  }

  #send(write: (stream: SoftphoneAnswer) => string): void {
    if (this.#stream && this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(write(this.#stream));
  }

  #tell(message: ToAudio): void {
    this.#node.port.postMessage(message);
  }
}
