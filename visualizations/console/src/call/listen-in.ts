import { signal } from '@preact/signals';
import { openMicrophone } from '../audio/microphone.ts';
import { pathOf } from './call-data.ts';
import processorUrl from './listen.worklet.ts?worker&url';
import type { FromEar, ToEar } from './listen-messages.ts';

const RETRY_MS = 1_000;
/** What of the microphone may wait for the network: more would be heard late. */
const MOST_WAITING_BYTES = 4_000;
/** RFC 6455, section 7.4.1: the call is over. */
const NORMAL = 1000;
const POLICY_VIOLATION = 1008;
/** Of our server's own: src/api/supervisor.ts. */
const GOES_ON_ELSEWHERE = 4001;

/** A supervisor's ear on a live call and, once they have taken it over, their voice. */
export class ListenIn {
  readonly state = signal<'off' | 'connecting' | 'on'>('off');
  /** The microphone is open; what it hears is passed on while `isSpeaking`. */
  readonly hasMicrophone = signal(false);
  readonly isSpeaking = signal(false);
  readonly #callSid: string;
  readonly #left: () => void;
  #socket: WebSocket | null = null;
  #context: AudioContext | null = null;
  #ear: AudioWorkletNode | null = null;
  #microphone: MediaStream | null = null;
  #source: MediaStreamAudioSourceNode | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `left`: the call that was heard goes on at another node. */
  constructor(callSid: string, left: () => void) {
    this.#callSid = callSid;
    this.#left = left;
  }

  /** Settles when the call can be heard. Throws when the server refuses, or the browser cannot play. */
  async start(): Promise<void> {
    if (this.state.peek() !== 'off') return;
    this.state.value = 'connecting';
    try {
      await this.#openEar();
      await this.#connect();
    } catch (error) {
      this.stop();
      throw error;
    }
  }

  stop(): void {
    this.state.value = 'off';
    clearTimeout(this.#timer);
    this.closeMicrophone();
    const socket = this.#socket;
    this.#socket = null;
    socket?.close(NORMAL);
    void this.#context?.close();
    this.#context = null;
    this.#ear = null;
  }

  /** Asks for the microphone; nothing of it is passed on before `speak`. Throws a MicrophoneError that says what to do. */
  async openMicrophone(): Promise<void> {
    this.#microphone ??= await openMicrophone();
    if (!this.#context || !this.#ear) return;
    this.#source ??= this.#context.createMediaStreamSource(this.#microphone);
    this.#source.connect(this.#ear);
    this.hasMicrophone.value = true;
  }

  speak(): void {
    this.#pass(this.#source !== null);
  }

  mute(): void {
    this.#pass(false);
  }

  closeMicrophone(): void {
    this.mute();
    this.hasMicrophone.value = false;
    this.#source?.disconnect();
    this.#source = null;
    for (const track of this.#microphone?.getTracks() ?? []) track.stop();
    this.#microphone = null;
  }

  #pass(speaks: boolean): void {
    this.isSpeaking.value = speaks;
    this.#tell({ type: 'speak', speaks });
  }

  async #openEar(): Promise<void> {
    const context = new AudioContext({ latencyHint: 'interactive' });
    this.#context = context;
    await context.audioWorklet.addModule(processorUrl);
    await context.resume();
    const ear = new AudioWorkletNode(context, 'listening-ear', { outputChannelCount: [1] });
    ear.connect(context.destination);
    ear.port.onmessage = ({ data }: MessageEvent<FromEar>) => this.#send(data.audio);
    this.#ear = ear;
  }

  #connect(): Promise<void> {
    const url = new URL(`${pathOf(this.#callSid)}/listen`, location.href);
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    const socket = new WebSocket(url);
    socket.binaryType = 'arraybuffer';
    this.#socket = socket;
    return new Promise((resolve, reject) => {
      let wasOpen = false;
      socket.onopen = () => {
        wasOpen = true;
        this.state.value = 'on';
        resolve();
      };
      socket.onmessage = ({ data }) => {
        const frame = new Uint8Array(data as ArrayBuffer);
        this.#tell({ type: 'heard', track: frame[0] ?? 0, audio: frame.subarray(1) });
      };
      socket.onclose = ({ code }) => {
        if (!wasOpen)
          reject(new Error('The call cannot be listened to: it may have ended, or run on another node.'));
        else this.#lost(socket, code);
      };
    });
  }

  #lost(socket: WebSocket, code: number): void {
    if (socket !== this.#socket) return;
    if (code === NORMAL || code === POLICY_VIOLATION || code === GOES_ON_ELSEWHERE) {
      this.stop();
      if (code === GOES_ON_ELSEWHERE) this.#left();
      return;
    }
    // A call that was taken over waits some seconds for its supervisor.
    this.state.value = 'connecting';
    this.#timer = setTimeout(() => {
      this.#connect().catch(() => this.stop());
    }, RETRY_MS);
  }

  #send(audio: Uint8Array): void {
    const socket = this.#socket;
    if (socket?.readyState === WebSocket.OPEN && socket.bufferedAmount < MOST_WAITING_BYTES)
      socket.send(audio as Uint8Array<ArrayBuffer>);
  }

  #tell(message: ToEar): void {
    this.#ear?.port.postMessage(message);
  }
}
