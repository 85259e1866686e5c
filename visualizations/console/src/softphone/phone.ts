import { signal } from '@preact/signals';
import { MicrophoneError, type MicrophoneFault, openMicrophone } from '../audio/microphone.ts';
import { api } from '../shell/api.ts';
import { type LiveCall, serverNow, watchCall } from '../shell/live.ts';
import { onCallSince } from '../shell/on-call.ts';
import type { SoftphoneAnswer, SoftphoneNext, SoftphoneRequest } from '../shell/types.ts';
import { BrowserLine } from './browser-line.ts';

export type Phase =
  | { is: 'idle' }
  | { is: 'asking' }
  | { is: 'calling' }
  | { is: 'talking'; since: number }
  /** The agent passes the caller to a person, whom nobody plays but the user. */
  | { is: 'passed'; number: string; since: number }
  | { is: 'over'; by: 'caller' | 'agent' }
  | { is: 'failed'; error: string; microphone: MicrophoneFault | null };

/** How a softphone that has been passed on tells what became of it. */
export type DialStatus = 'completed' | 'no-answer' | 'busy';

const WATCH_ATTEMPTS = 12;
const WATCH_AGAIN_MS = 250;

/** The one telephone of the console. It goes on while other pages are looked at. */
export class Phone {
  readonly phase = signal<Phase>({ is: 'idle' });
  /** Of the call that is on, or was last. */
  readonly stream = signal<SoftphoneAnswer | null>(null);
  readonly call = signal<LiveCall | null>(null);
  readonly isMuted = signal(false);
  readonly hasMicrophone = signal(false);
  /** How loud both are, 0 … 1; moves fifty times a second. */
  readonly levels = signal({ caller: 0, agent: 0 });
  #line: BrowserLine | null = null;
  #attempt = 0;

  constructor() {
    // A page that is closed puts its telephone down.
    addEventListener('pagehide', () => this.isOn && this.hangUp());
    this.phase.subscribe(phase => {
      onCallSince.value = 'since' in phase ? phase.since : null;
    });
  }

  get isOn(): boolean {
    const { is } = this.phase.value;
    return is === 'asking' || is === 'calling' || is === 'talking' || is === 'passed';
  }

  /** Must be called from a click: browsers let nobody make a sound before. */
  async dial(wish: SoftphoneRequest, speaks: boolean): Promise<void> {
    if (this.isOn) return;
    const context = new AudioContext({ latencyHint: 'interactive' });
    const attempt = ++this.#attempt;
    const goesOn = () => {
      if (attempt !== this.#attempt) throw new Error('The person hung up before the call was there.');
    };
    let microphone: MediaStream | null = null;
    let line: BrowserLine | null = null;
    try {
      this.#reset(speaks ? { is: 'asking' } : { is: 'calling' });
      if (speaks) microphone = await openMicrophone();
      goesOn();
      this.hasMicrophone.value = microphone !== null;
      this.phase.value = { is: 'calling' };
      const stream = await api<SoftphoneAnswer>('/api/softphone', { method: 'POST', body: wish });
      goesOn();
      line = await BrowserLine.open(context, microphone, {
        levels: (caller, agent) => {
          this.levels.value = { caller, agent };
        },
        closed: () => void this.#streamClosed(),
      });
      goesOn();
      this.#line = line;
      await this.#connect(stream);
      goesOn();
      this.phase.value = { is: 'talking', since: serverNow() };
      this.#watch(stream.callSid, WATCH_ATTEMPTS);
    } catch (error) {
      for (const track of microphone?.getTracks() ?? []) track.stop();
      line?.hangUp();
      if (context.state !== 'closed') void context.close();
      // A later call may be on already.
      if (attempt !== this.#attempt) return;
      this.#line = null;
      this.#fail(error as Error);
    }
  }

  hangUp(): void {
    this.#attempt++;
    this.#line?.hangUp();
    this.#end('caller');
  }

  mute(muted: boolean): void {
    this.isMuted.value = muted;
    this.#line?.mute(muted);
  }

  key(digit: string): void {
    this.#line?.key(digit);
  }

  type(text: string): void {
    this.#line?.type(text);
  }

  /** Says what became of the person whom the caller was passed to. */
  async dialled(dialStatus: DialStatus): Promise<void> {
    await this.#ask({ dialStatus });
  }

  /** Away from the last call: the phone is as new. */
  putDown(): void {
    if (!this.isOn) this.#reset({ is: 'idle' });
  }

  async #connect(stream: SoftphoneAnswer): Promise<void> {
    this.stream.value = stream;
    await this.#line?.attach(stream);
  }

  async #streamClosed(): Promise<void> {
    if (this.phase.value.is === 'talking') await this.#ask({});
  }

  /** As a carrier asks the webhook: what now? */
  async #ask(more: { dialStatus?: DialStatus }): Promise<void> {
    const callSid = this.stream.value?.callSid;
    const since = 'since' in this.phase.value ? this.phase.value.since : serverNow();
    try {
      const next = await api<SoftphoneNext>('/api/softphone/resume', {
        method: 'POST',
        body: { callSid, ...more },
      });
      if (next.next === 'hangUp') {
        this.#line?.close();
        this.#end('agent');
      } else if (next.next === 'dial') this.phase.value = { is: 'passed', number: next.number, since };
      else {
        // The stream is another, the call is the same.
        const { flow = '', flowVersion = '', language = '' } = this.stream.value ?? {};
        await this.#connect({ ...next.stream, flow, flowVersion, language });
        this.phase.value = { is: 'talking', since };
      }
    } catch (error) {
      this.#line?.close();
      this.#line = null;
      this.#fail(error as Error);
    }
  }

  /** The call begins when the stream's first message is read, which may be a moment later. */
  #watch(callSid: string, attempts: number): void {
    const call = watchCall(callSid);
    const stop = call.refusal.subscribe(refusal => {
      if (refusal === null || attempts === 0) return;
      queueMicrotask(() => stop());
      call.stop();
      if (this.stream.value?.callSid === callSid)
        setTimeout(() => this.#watch(callSid, attempts - 1), WATCH_AGAIN_MS);
    });
    this.call.value = call;
  }

  #end(by: 'caller' | 'agent'): void {
    this.#line = null;
    this.levels.value = { caller: 0, agent: 0 };
    this.phase.value = { is: 'over', by };
  }

  #fail(error: Error): void {
    this.levels.value = { caller: 0, agent: 0 };
    const microphone = error instanceof MicrophoneError ? error.fault : null;
    this.phase.value = { is: 'failed', error: error.message, microphone };
  }

  #reset(phase: Phase): void {
    this.call.value?.stop();
    this.call.value = null;
    this.stream.value = null;
    this.isMuted.value = false;
    this.phase.value = phase;
  }
}

export const phone = new Phone();
