import twilio from 'twilio';
import type { SimulatedClock, TimerHandle } from '../../runtime/clock.ts';
import type { HttpResponse } from '../../runtime/cloud/transport.ts';
import type { Balancer } from './balancer.ts';
import type { CallWatch } from './call-watch.ts';
import { Caller, type CallerHabit } from './caller.ts';
import type { Chance } from './chance.ts';
import type { LineFault } from './line-faults.ts';
import type { Network } from './network.ts';
import type { Process } from './process.ts';
import { CarrierStream } from './stream.ts';
import { readTwiml, type Verb } from './twiml.ts';
import type { WireEnd } from './wire.ts';

export interface PhoneCallOptions {
  clock: SimulatedClock;
  network: Network;
  carrier: Process;
  balancer: Balancer;
  /** Where the carrier was told to ask about calls to this number. */
  home: string;
  chance: Chance;
  watch: CallWatch;
  habits: ReadonlySet<CallerHabit>;
  faults: ReadonlySet<LineFault>;
  over(): void;
}

/** The world's account with the carrier. */
export const AUTH_TOKEN = 'the-token-of-the-world-0';
const LINE_MS = 15;
const VOICE_PATH = '/api/twilio/voice';
const STATUS_PATH = '/api/twilio/status';

/** One call as the carrier has it: asks by webhook what to do, does it, and goes on with whatever it is told next. */
export class PhoneCall {
  readonly callSid: string;
  readonly #options: PhoneCallOptions;
  #stream: CarrierStream | null = null;
  #caller: Caller | null = null;
  #streams = 0;
  #isOver = false;
  #endStream: (() => void) | null = null;
  #endTalk: (() => void) | null = null;
  #trouble: TimerHandle = null;

  constructor(callSid: string, options: PhoneCallOptions) {
    this.callSid = callSid;
    this.#options = options;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  get caller(): Caller | null {
    return this.#caller;
  }

  async dial(): Promise<void> {
    const { watch } = this.#options;
    watch.tell('caller', 'dials');
    await this.#ask(new URL(VOICE_PATH, this.#options.home), { CallStatus: 'ringing' });
    this.#hungUpOn();
  }

  /** The caller puts the receiver down. */
  hangUp(): void {
    if (this.#isOver) return;
    this.#finish('hungUp');
    this.#stream?.stop();
    this.#endStream?.();
    this.#endTalk?.();
  }

  /** Does what it is told until there is nothing left to do. */
  async #ask(url: URL, fields: Record<string, string>): Promise<void> {
    const { watch } = this.#options;
    for (
      let next: { url: URL; fields: Record<string, string> } | null = { url, fields };
      next && !this.#isOver;
    ) {
      const response = await this.#post(next.url, next.fields);
      if (this.#isOver) return;
      if (response?.status !== 200) {
        watch.turnedAway('an application error');
        return;
      }
      next = await this.#obey(readTwiml(String(response.body)));
    }
  }

  async #obey(verbs: readonly Verb[]): Promise<{ url: URL; fields: Record<string, string> } | null> {
    const { watch } = this.#options;
    for (const verb of verbs) {
      if (this.#isOver) return null;
      switch (verb.verb) {
        case 'stream':
          await this.#connect(verb);
          break;
        case 'redirect':
          return (await this.#comesBack()) ? { url: verb.url, fields: { CallStatus: 'in-progress' } } : null;
        case 'dial':
          return { url: verb.actionUrl, fields: await this.#dialPerson() };
        case 'say':
          watch.turnedAway('an apology');
          break;
        case 'reject':
          watch.turnedAway('the busy tone');
          return null;
        case 'hangUp':
          watch.tell('carrier', 'is told to hang up');
          return null;
      }
    }
    return null;
  }

  /** Until the stream has ended, whoever ended it. */
  async #connect({ url, parameters }: Extract<Verb, { verb: 'stream' }>): Promise<void> {
    const { network, carrier, clock, chance, watch, faults, balancer } = this.#options;
    const origin = url.origin.replace(/^ws/, 'http');
    const streamSid = `MZ${this.callSid.slice(2)}${this.#streams++}`;
    let stream: CarrierStream | null = null;
    let early: string | null = null;
    const ended = new Promise<void>(resolve => {
      this.#endStream = resolve;
    });
    let end: WireEnd;
    try {
      end = await network.connect(
        carrier,
        origin === balancer.origin ? balancer.pick() : origin,
        { path: url.pathname, headers: { 'x-twilio-signature': signed(url, {}) } },
        {
          message: (text, from) => stream?.receive(text, from),
          closed: (code, reason) => {
            early = `${code} ${reason}`;
            stream?.closed(early);
          },
        },
        chance.latency(LINE_MS),
      );
    } catch (error) {
      watch.tell('carrier', `cannot connect: ${(error as Error).message}`);
      return;
    }
    if (this.#isOver || early !== null) return end.close(1000, 'too late');
    watch.streamBegan(streamSid);
    stream = new CarrierStream(clock, end, streamSid, {
      audio: (audio, from, dryMs) => {
        watch.audio(audio, from, dryMs, text => this.#caller?.hears(text));
        this.#caller?.hearsUntil(dryMs);
      },
      mark: () => watch.audioMarked(),
      cleared: () => watch.cleared(),
      ended: reason => {
        watch.streamEnded(reason);
        this.#stream = null;
        this.#endStream?.();
      },
    });
    if (faults.has('keepsMarks') && chance.happens(0.5)) {
      stream.echoesMarks = false;
      watch.struck('keepsMarks');
    }
    this.#stream = stream;
    stream.start(this.callSid, parameters);
    this.#caller ??= this.#answerable();
    this.#planTrouble(stream);
    await ended;
    this.#endStream = null;
    clock.clearTimeout(this.#trouble);
  }

  #answerable(): Caller {
    const { clock, chance, habits, watch } = this.#options;
    return new Caller({
      clock,
      chance: chance.of('caller'),
      habits,
      hear: audio => this.#stream?.hear(audio),
      key: digit => this.#stream?.key(digit),
      hangUp: () => this.hangUp(),
      agreed: item => watch.orders.agreed(item),
      did: habit => watch.struck(habit),
      tell: what => watch.tell('caller', what),
    });
  }

  #planTrouble(stream: CarrierStream): void {
    const { clock, chance, faults, watch } = this.#options;
    const fault = (['streamBreaks', 'streamVanishes'] as const).find(each => faults.has(each));
    if (!fault || !chance.happens(0.7)) return;
    this.#trouble = clock.setTimeout(
      () => {
        if (!stream.isOpen) return;
        watch.struck(fault);
        if (fault === 'streamBreaks') stream.snap();
        else stream.vanish();
      },
      chance.between(500, 20_000),
    );
  }

  async #comesBack(): Promise<boolean> {
    const { chance, faults, watch } = this.#options;
    if (faults.has('neverComesBack') && chance.happens(0.5)) {
      watch.struck('neverComesBack');
      return false;
    }
    const late = faults.has('comesBackLate') && chance.happens(0.5);
    if (late) watch.struck('comesBackLate');
    await this.#pass(late ? chance.between(2_000, 20_000) : chance.between(50, 600));
    return !this.#isOver;
  }

  /** Rings a person, who may answer. */
  async #dialPerson(): Promise<Record<string, string>> {
    const { chance, watch } = this.#options;
    watch.tell('carrier', 'rings a person');
    await this.#pass(chance.between(1_000, 8_000));
    if (!chance.happens(0.6)) return { CallStatus: 'in-progress', DialCallStatus: 'no-answer' };
    await this.#pass(chance.between(2_000, 10_000));
    return { CallStatus: 'in-progress', DialCallStatus: 'completed' };
  }

  async #post(url: URL, fields: Record<string, string>): Promise<HttpResponse | null> {
    const { network, carrier, balancer, chance, watch } = this.#options;
    const form = {
      CallSid: this.callSid,
      AccountSid: 'AC',
      From: '+12025550123',
      To: '+12025550100',
      Direction: 'inbound',
      ...fields,
    };
    const asked = {
      method: 'POST' as const,
      path: url.pathname,
      query: url.search.slice(1),
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        'x-twilio-signature': signed(url, form),
      },
      body: new URLSearchParams(form).toString(),
    };
    const latencyMs = chance.latency(LINE_MS);
    for (let attempt = 0; attempt < 2; attempt++) {
      if (attempt > 0) await this.#pass(1_000);
      try {
        const response = await (url.origin === balancer.origin
          ? balancer.request(carrier, asked, latencyMs)
          : network.request(carrier, url.origin, asked, latencyMs));
        if (response.status < 500) return response;
        watch.tell('carrier', `is answered ${response.status} by ${url.pathname}`);
      } catch (error) {
        watch.tell('carrier', `cannot ask ${url.pathname}: ${(error as Error).message}`);
      }
    }
    return null;
  }

  /** Nothing is left to do: the carrier hangs up. */
  #hungUpOn(): void {
    if (this.#isOver) return;
    this.#finish('completed');
  }

  #finish(how: 'hungUp' | 'completed'): void {
    const { watch, faults, chance, clock, home } = this.#options;
    this.#isOver = true;
    this.#caller?.stop();
    clock.clearTimeout(this.#trouble);
    watch.phoneOver(how);
    this.#options.over();
    if (faults.has('statusIsLost') && chance.happens(0.7)) watch.struck('statusIsLost');
    else void this.#post(new URL(STATUS_PATH, home), { CallStatus: 'completed' });
  }

  #pass(ms: number): Promise<void> {
    return new Promise(resolve => {
      const timer = this.#options.clock.setTimeout(done, ms);
      const { clock } = this.#options;
      const self = this;
      function done() {
        clock.clearTimeout(timer);
        if (self.#endTalk === done) self.#endTalk = null;
        resolve();
      }
      this.#endTalk = done;
    });
  }
}

function signed(url: URL, fields: Record<string, string>): string {
  return twilio.getExpectedTwilioSignature(AUTH_TOKEN, url.href, fields);
}
