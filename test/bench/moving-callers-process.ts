import { setTimeout as sleep } from 'node:timers/promises';
import type { CarrierLine } from '../../src/caller/carrier-line.ts';
import { PhoneCall } from '../../src/caller/phone-call.ts';
import { cutIntoFrames } from '../../src/caller/speech.ts';
import { speak } from '../harness/spoken-text.ts';
import { Histogram, type Spread } from './histogram.ts';
import { type Load, openLoadWindow } from './load-window.ts';
import { answerWith } from './peer.ts';

/** Callers whose nodes are killed or drain, in a process of their own. */

export interface Moved {
  /** Calls that have come over a second stream and have heard the agent on it. */
  answered: number;
  /** From the new stream's start to the first of the agent's audio on it. */
  toSpeech: Spread;
  /** From the end of the old stream to the start of the new one: nobody hears the caller. */
  betweenStreams: Spread;
  /** From the end of the old stream, in the middle of the agent's words, to the agent's audio on the new one. */
  silence: Spread;
}

export interface Ended {
  /** By the agent, with a goodbye. */
  served: number;
  /** Why others ended. */
  failures: string[];
  callSids: string[];
}

/** From the agent's last sound to the caller's answer. */
const REACTION_MS = 300;
const YES = cutIntoFrames(Buffer.concat(speak('yes.')));
const NO = cutIntoFrames(Buffer.concat(speak('no.')));
const CHAT = cutIntoFrames(Buffer.concat(speak('when do you open.')));

let closeLoad: () => Load;
let callers: MovingCaller[] = [];

/** Agrees once, then keeps the agent talking, until it is time to leave. */
class MovingCaller {
  readonly phone: PhoneCall;
  wantsToLeave = false;
  #hasAgreed = false;
  #isSpeaking = false;
  #streams = 0;
  #leftMs = 0;
  #wasTalkedTo = false;
  toSpeechMs: number | null = null;
  betweenStreamsMs: number | null = null;
  silenceMs: number | null = null;

  constructor(url: string) {
    this.phone = new PhoneCall(url, { from: '+12025550123', to: '+12025550100', hearing: 'bytes' });
    this.phone.on('attached', line => this.#attached(line));
    this.phone.on('detached', line => {
      this.#leftMs = performance.now();
      this.#wasTalkedTo = line.agentIsSpeaking;
    });
    this.phone.on('agentStopped', () => setTimeout(() => this.#say(), REACTION_MS));
  }

  #attached(line: CarrierLine): void {
    if (++this.#streams !== 2) return;
    const attachedMs = performance.now();
    this.betweenStreamsMs = attachedMs - this.#leftMs;
    line.once('frame', () => {
      this.toSpeechMs = performance.now() - attachedMs;
      if (this.#wasTalkedTo) this.silenceMs = performance.now() - this.#leftMs;
    });
  }

  async #say(): Promise<void> {
    const { line } = this.phone;
    if (this.#isSpeaking || !line?.isOpen || line.agentIsSpeaking) return;
    this.#isSpeaking = true;
    // What follows is an answer, not the rest of what was said.
    this.#wasTalkedTo = false;
    await this.phone.say(this.wantsToLeave ? NO : this.#hasAgreed ? CHAT : YES);
    this.#hasAgreed = true;
    this.#isSpeaking = false;
  }
}

const methods = {
  async converse({
    url,
    calls,
    perSecond,
  }: {
    url: string;
    calls: number;
    perSecond: number;
  }): Promise<void> {
    const begun: Promise<void>[] = [];
    for (let at = 0; at < calls; at++) {
      const caller = new MovingCaller(url);
      callers.push(caller);
      begun.push(caller.phone.begin());
      await sleep(1_000 / perSecond);
    }
    await Promise.all(begun);
  },

  measure(_: null): void {
    closeLoad = openLoadWindow();
  },

  measured(_: null): Load {
    return closeLoad();
  },

  /** Once everybody has come over a new stream and has heard the agent there, or the time is over. */
  async moved({ withinMs }: { withinMs: number }): Promise<Moved> {
    const untilMs = performance.now() + withinMs;
    while (performance.now() < untilMs && callers.some(caller => caller.toSpeechMs === null)) await sleep(20);
    return {
      answered: callers.filter(caller => caller.toSpeechMs !== null).length,
      toSpeech: spread(callers.map(caller => caller.toSpeechMs)),
      betweenStreams: spread(callers.map(caller => caller.betweenStreamsMs)),
      silence: spread(callers.map(caller => caller.silenceMs)),
    };
  },

  /** Everybody takes their leave when the agent has finished; who cannot within the time has failed. */
  async leave({ withinMs }: { withinMs: number }): Promise<Ended> {
    for (const caller of callers) caller.wantsToLeave = true;
    const over = Promise.all(callers.map(({ phone }) => phone.ended()));
    await Promise.race([over, sleep(withinMs)]);
    const ends = callers.map(({ phone }) => phone.end);
    const failures = ends.flatMap(end => {
      if (end?.by === 'agent') return [];
      return end ? `${end.by}: ${end.error?.message ?? ''}` : 'did not end';
    });
    const callSids = callers.map(({ phone }) => phone.callSid);
    callers = [];
    return { served: ends.length - failures.length, failures, callSids };
  },
};

export type MovingCallerMethods = typeof methods;

function spread(times: readonly (number | null)[]): Spread {
  const histogram = new Histogram(30_000);
  for (const ms of times) if (ms !== null) histogram.add(ms);
  return histogram.spread();
}

answerWith(methods);
