import { type FlowView, viewFlow } from '../../machines/flow-view.ts';
import type { Call } from '../../runtime/call.ts';
import { type Clock, passing } from '../../runtime/clock.ts';
import { stateName } from '../call-views.ts';
import type { PhoneCall } from '../caller/phone-call.ts';
import type { Act, Conversation } from './conversation.ts';
import { CallFollower } from './follow-call.ts';
import type { News } from './news.ts';
import { TooLate } from './perform.ts';

export interface SpokenOptions {
  /** As the server has it. */
  call: Call;
  /** As the caller has it. */
  phone: PhoneCall;
  clock: Clock;
  /** Mu-law audio of a line. */
  speak(text: string): Promise<Uint8Array>;
  onNews(news: News): void;
  /** The call is over on both sides. */
  onClosed(): Promise<void>;
}

/** As Flite speaks. Words are shown by it; what was heard is told by the call. */
const MS_PER_LETTER = 68;
const LOOK_EVERY_MS = 60;
const KEY_GAP_MS = 250;
/** The server's side of a call ends a moment after the caller's. */
const SERVER_ENDS_WITHIN_MS = 3_000;

/** A call over the carrier's wire, in which a voice speaks what is typed. Time is real and goes on while a person types. */
export class Spoken implements Conversation {
  readonly #options: SpokenOptions;
  readonly #follower: CallFollower;

  constructor(options: SpokenOptions) {
    this.#options = options;
    this.#follower = new CallFollower(options.call, MS_PER_LETTER, options.onNews);
  }

  get call(): Call {
    return this.#options.call;
  }

  get flow(): FlowView {
    return viewFlow(this.call.flowSnapshot(), this.call.start.language);
  }

  get state(): string {
    return stateName(this.call.state);
  }

  get hasEnded(): boolean {
    return this.#options.phone.end !== null;
  }

  get wordsHeard(): number | null {
    if (this.hasEnded || this.#isCallersTurn) return null;
    return this.#follower.spoken?.split(' ').filter(Boolean).length ?? 0;
  }

  /** At once: a person who types while the agent speaks cuts it off. */
  async take(act: Act): Promise<void> {
    const { phone, clock, speak } = this.#options;
    if (this.hasEnded) throw new TooLate('The call is over.');
    if (act.do === 'say') await phone.say(await speak(act.text));
    if (act.do === 'press')
      for (const key of act.keys) {
        phone.key(key);
        await pass(clock, KEY_GAP_MS);
      }
    if (act.do === 'wait') await this.#lookUntil(() => this.hasEnded, act.ms);
    if (act.do === 'hangUp') await phone.hangUp();
  }

  async settle(isUrgent: () => boolean): Promise<void> {
    await this.#lookUntil(() => this.#isCallersTurn || this.hasEnded || isUrgent());
    if (!this.hasEnded) return;
    await this.#lookUntil(() => this.state === 'ended', SERVER_ENDS_WITHIN_MS);
    this.#follower.end();
  }

  async close(): Promise<void> {
    this.#follower.close();
    if (!this.hasEnded) await this.#options.phone.hangUp();
    await this.#options.onClosed();
  }

  get #isCallersTurn(): boolean {
    const line = this.#options.phone.line;
    return this.state === 'floor.listening.quiet' && line !== null && line.bufferedMs === 0;
  }

  async #lookUntil(isSo: () => boolean, limitMs = Number.POSITIVE_INFINITY): Promise<void> {
    const { clock } = this.#options;
    const sinceMs = clock.now();
    while (!isSo() && clock.now() - sinceMs < limitMs) {
      await pass(clock, LOOK_EVERY_MS);
      this.#follower.look();
    }
  }
}

function pass(clock: Clock, ms: number): Promise<void> {
  return passing(ms, clock);
}
