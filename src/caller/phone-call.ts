import { randomBytes } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { type Clock, passing, systemClock } from '../../runtime/clock.ts';
import { CarrierLine, type CarrierLineOptions, type LineEnd } from './carrier-line.ts';
import { ServerAddress } from './server-address.ts';
import type { Speech } from './speech.ts';
import type { StereoRecorder } from './stereo-recorder.ts';
import { readTwiml, type Verb } from './twiml.ts';
import { Webhooks } from './webhooks.ts';

// A server that takes no stream but goes on redirecting would have the call run in circles.
const MAX_FAILED_STREAMS = 3;

export type DialStatus = 'completed' | 'answered' | 'busy' | 'no-answer' | 'failed' | 'canceled';

export interface CallOptions {
  /** E.164 or a SIP address. */
  from: string;
  to: string;
  /** Signs webhooks and upgrades when given. */
  authToken?: string;
  /** The server's public base address: what signatures are over. Defaults to the server's own address. */
  publicUrl?: string;
  /** Another node behind the same public address, asked when the server does not answer. */
  fallbackUrl?: string;
  /** Webhook that is asked what to do with the call. Default `/api/twilio/voice`. */
  voicePath?: string;
  /** Webhook that is told of the end. Default `/api/twilio/status`. */
  statusPath?: string;
  accountSid?: string;
  callSid?: string;
  direction?: 'inbound' | 'outbound-api';
  /** More fields of the voice webhook, such as `EdgeRegion`. */
  fields?: Record<string, string>;
  /** How a `<Dial>` turns out, for its `action` and what follows. Without it the call ends at a `<Dial>`. */
  dialStatus?: DialStatus;
  clock?: Clock;
  recorder?: StereoRecorder;
  hearing?: CarrierLineOptions['hearing'];
}

export interface CallEnd {
  by: 'caller' | 'agent' | 'transfer' | 'failure';
  /** For `failure`: what happened. */
  error: Error | null;
  streams: number;
  /** Everything a `<Dial>` named. */
  dialled: readonly string[];
  durationMs: number;
}

export interface PhoneCallEvents {
  attached: [line: CarrierLine];
  detached: [line: CarrierLine, end: LineEnd];
  verb: [verb: Verb];
  agentStarted: [atMs: number];
  agentStopped: [atMs: number];
  /** A step went wrong that does not end the call. */
  warning: [message: string];
  ended: [end: CallEnd];
}

/**
 * Calls a server as Twilio does: asks its voice webhook, opens the stream, and does what the TwiML says until the call
 * is over. Settles once the first stream is open, or the call has ended without one; throws when the server cannot be
 * reached, refuses, or sends TwiML that cannot be followed. `prepare` may add listeners before anything happens.
 */
export async function placeCall(
  serverUrl: string,
  options: CallOptions,
  prepare?: (call: PhoneCall) => void,
): Promise<PhoneCall> {
  const call = new PhoneCall(serverUrl, options);
  prepare?.(call);
  await call.begin();
  return call;
}

/** One telephone call. It may go over several streams, one after the other. */
export class PhoneCall extends EventEmitter<PhoneCallEvents> {
  readonly callSid: string;
  readonly #options: CallOptions;
  readonly #clock: Clock;
  readonly #address: ServerAddress;
  readonly #webhooks: Webhooks;
  readonly #accountSid: string;
  readonly #startedMs: number;
  readonly #dialled: string[] = [];
  #line: CarrierLine | null = null;
  #streams = 0;
  #failedStreams = 0;
  #hungUp = false;
  /** TwiML that replaces what the call is doing. */
  #update: string | null = null;
  #end: CallEnd | null = null;

  constructor(serverUrl: string, options: CallOptions) {
    super();
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#address = new ServerAddress(serverUrl, options.publicUrl);
    const { fallbackUrl } = options;
    const fallback = fallbackUrl === undefined ? [] : [new ServerAddress(fallbackUrl, options.publicUrl)];
    this.#webhooks = new Webhooks([this.#address, ...fallback], options.authToken);
    this.#accountSid = options.accountSid ?? `AC${'0'.repeat(32)}`;
    this.callSid = options.callSid ?? newSid('CA');
    this.#startedMs = this.#clock.now();
  }

  /** The stream that is open, or null between two of them. */
  get line(): CarrierLine | null {
    return this.#line;
  }

  /** How the call ended, or null while it lasts. */
  get end(): CallEnd | null {
    return this.#end;
  }

  /** See `placeCall`. */
  async begin(): Promise<void> {
    const attached = new Promise<void>(resolve => this.once('attached', () => resolve()));
    await Promise.race([attached, this.#run()]);
    if (this.#streams === 0 && this.#end?.error) throw this.#end.error;
  }

  /** Says mu-law audio; nobody hears it while no stream is attached. Settles when it has been said. */
  async say(audio: Uint8Array | Speech): Promise<void> {
    await this.#line?.say(audio);
  }

  key(digit: string): void {
    this.#line?.key(digit);
  }

  /** The caller puts the receiver down: no further verb runs. Settles when the call is over. */
  async hangUp(): Promise<CallEnd> {
    this.#hungUp = true;
    await this.#line?.hangUp();
    return this.ended();
  }

  /** What Twilio does on a REST update of a live call: leaves the stream and carries out this TwiML instead. */
  async update(twiml: string): Promise<void> {
    this.#update = twiml;
    await this.#line?.hangUp();
  }

  /** Settles when the call is over and the server has been told. */
  ended(): Promise<CallEnd> {
    if (this.#end) return Promise.resolve(this.#end);
    return new Promise(resolve => this.once('ended', resolve));
  }

  async #run(): Promise<void> {
    let by: CallEnd['by'];
    let error: Error | null = null;
    try {
      by = await this.#follow();
    } catch (cause) {
      by = this.#hungUp ? 'caller' : 'failure';
      error = this.#hungUp ? null : (cause as Error);
    }
    const durationMs = this.#clock.now() - this.#startedMs;
    const wasAnswered = by !== 'failure' || this.#streams > 0;
    if (wasAnswered) await this.#reportEnd(durationMs);

    this.#end = { by, error, streams: this.#streams, dialled: this.#dialled, durationMs };
    this.emit('ended', this.#end);
  }

  /** Carries out one document after another until none follows. */
  async #follow(): Promise<CallEnd['by']> {
    const voiceUrl = this.#address.publicUrl(this.#options.voicePath ?? '/api/twilio/voice');
    let at: Document = await this.#ask(voiceUrl, { ...this.#options.fields, CallStatus: 'ringing' });
    for (;;) {
      const next = await this.#carryOut(at);
      if (typeof next === 'string') return next;
      at = next;
    }
  }

  /** The document that follows this one, or who ended the call. */
  async #carryOut({ url, twiml }: Document): Promise<Document | CallEnd['by']> {
    const resolve = (relative: string) => new URL(relative, url).href;

    for (const verb of readTwiml(twiml)) {
      if (this.#hungUp) return 'caller';
      this.emit('verb', verb);

      if (verb.verb === 'hangup' || verb.verb === 'reject') return 'agent';
      if (verb.verb === 'redirect') return this.#ask(resolve(verb.url));
      if (verb.verb === 'pause') await this.#pause(verb.delayMs);
      if (verb.verb === 'dial') {
        this.#dialled.push(...verb.targets);
        const { dialStatus } = this.#options;
        if (dialStatus === undefined) return 'transfer';
        if (verb.action) return this.#ask(resolve(verb.action), dialFields(dialStatus));
      }
      if (verb.verb === 'connect') {
        await this.#stream(verb.streamUrl, verb.parameters);
        if (this.#update !== null) return this.#takeUpdate(url);
        if (this.#hungUp) return 'caller';
        if (verb.action) return this.#ask(resolve(verb.action));
      }
    }
    return this.#hungUp ? 'caller' : 'agent';
  }

  #takeUpdate(url: string): Document {
    const twiml = this.#update!;
    this.#update = null;
    return { url, twiml };
  }

  async #ask(url: string, fields: Record<string, string> = {}): Promise<Document> {
    const twiml = await this.#webhooks.post(url, { ...this.#form('in-progress'), ...fields });
    return { url, twiml };
  }

  /** Opens a stream and waits for its end. One that cannot be opened is reported, and the call goes on (31920). */
  async #stream(streamUrl: string, customParameters: Record<string, string>): Promise<void> {
    const { recorder, hearing } = this.#options;
    const line = new CarrierLine({
      url: this.#address.reachable(streamUrl),
      headers: this.#webhooks.signature(streamUrl, {}),
      accountSid: this.#accountSid,
      callSid: this.callSid,
      streamSid: newSid('MZ'),
      customParameters,
      clock: this.#clock,
      ...(recorder && { recorder }),
      ...(hearing && { hearing }),
    });
    line.on('agentStarted', atMs => this.emit('agentStarted', atMs));
    line.on('agentStopped', atMs => this.emit('agentStopped', atMs));

    try {
      await line.open();
    } catch (error) {
      if (++this.#failedStreams === MAX_FAILED_STREAMS) throw error;
      this.emit('warning', (error as Error).message);
      return;
    }

    this.#failedStreams = 0;
    this.#streams++;
    this.#line = line;
    this.emit('attached', line);
    if (this.#hungUp) void line.hangUp();
    const end = await line.ended();
    this.#line = null;
    this.emit('detached', line, end);
  }

  #pause(delayMs: number): Promise<void> {
    return passing(delayMs, this.#clock);
  }

  async #reportEnd(durationMs: number): Promise<void> {
    const url = this.#address.publicUrl(this.#options.statusPath ?? '/api/twilio/status');
    const durationS = String(Math.round(durationMs / 1000));
    try {
      await this.#webhooks.post(url, { ...this.#form('completed'), CallDuration: durationS });
    } catch (error) {
      this.emit('warning', (error as Error).message);
    }
  }

  #form(callStatus: string): Record<string, string> {
    const { from, to, direction = 'inbound' } = this.#options;
    return {
      AccountSid: this.#accountSid,
      ApiVersion: '2010-04-01',
      CallSid: this.callSid,
      CallStatus: callStatus,
      Called: to,
      Caller: from,
      Direction: direction,
      From: from,
      To: to,
    };
  }
}

/** TwiML, and the address that its relative addresses are relative to. */
interface Document {
  url: string;
  twiml: string;
}

function dialFields(status: DialStatus): Record<string, string> {
  return { DialCallStatus: status, DialCallSid: newSid('CA'), DialCallDuration: '0' };
}

function newSid(prefix: 'CA' | 'MZ'): string {
  return prefix + randomBytes(16).toString('hex');
}
