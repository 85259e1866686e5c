import type { SimulatedClock, TimerHandle } from '../../runtime/clock.ts';
import type { Chance } from './chance.ts';
import { Mouth } from './mouth.ts';

/** What callers may do that scripts do not foresee. */
export const callerHabits = [
  'interrupts',
  'coughs',
  'staysSilent',
  'usesKeys',
  'saysTwoThings',
  'hangsUpMidSentence',
  'hangsUpSpeaking',
  'hangsUpInTool',
  'hangsUpWaiting',
] as const;
export type CallerHabit = (typeof callerHabits)[number];

export interface CallerOptions {
  clock: SimulatedClock;
  chance: Chance;
  habits: ReadonlySet<CallerHabit>;
  /** The telephone. */
  hear(audio: Buffer): void;
  key(digit: string): void;
  hangUp(): void;
  /** The caller has said yes to an order. */
  agreed(item: string): void;
  /** A habit showed. */
  did(habit: CallerHabit): void;
  /** For people: what the caller does. */
  tell(what: string): void;
}

const WISHES = ['order', 'order', 'check', 'hours', 'terms', 'gibberish', 'agent'] as const;
/** How an order is read back. */
const READ_OUT = /\border ((?:\d ?){4}), right\?/i;
/** Nobody waits longer for a sound. */
const PATIENCE_MS = 45_000;
const LONGEST_CALL_MS = 150_000;

/** A person on the phone: hears what is played, and answers the last question, mostly. */
export class Caller {
  readonly #options: CallerOptions;
  readonly #mouth: Mouth;
  readonly #wishes: (typeof WISHES)[number][];
  /** What was read out to them last. */
  #readOut = '';
  #question: string | null = null;
  #asked = 0;
  #dryMs = 0;
  #quiet: TimerHandle = null;
  #patience: TimerHandle = null;
  #longest: TimerHandle = null;
  #plans = new Set<TimerHandle>();
  #isGone = false;

  constructor(options: CallerOptions) {
    this.#options = options;
    const { chance, clock } = options;
    this.#mouth = new Mouth(clock, {
      hear: options.hear,
      key: options.key,
      fallsSilent: () => this.#awaitQuiet(),
    });
    this.#wishes = Array.from({ length: chance.between(1, 3) }, () => chance.pick(WISHES));
    this.#longest = clock.setTimeout(() => this.#leave('has been on the line for too long'), LONGEST_CALL_MS);
    this.#wait();
  }

  /** A sentence begins to be heard. */
  hears(text: string): void {
    if (this.#isGone) return;
    if (text.includes('?')) this.#question = text;
    this.#readOut = READ_OUT.exec(text)?.[1]?.replaceAll(' ', '') ?? this.#readOut;
    const { chance, habits } = this.#options;
    if (habits.has('hangsUpMidSentence') && chance.happens(0.15))
      this.#plan(chance.between(50, 600), () => this.#leaveBy('hangsUpMidSentence'));
    else if (habits.has('interrupts') && chance.happens(0.2))
      this.#plan(chance.between(50, 1_200), () => this.#interrupt());
    else if (habits.has('coughs') && chance.happens(0.2))
      this.#plan(chance.between(50, 1_000), () => {
        this.#options.did('coughs');
        this.#options.tell('coughs');
        this.#mouth.cough(chance.between(60, 700));
      });
  }

  /** The agent is heard until then. */
  hearsUntil(dryMs: number): void {
    if (this.#isGone) return;
    this.#dryMs = dryMs;
    this.#wait();
    if (this.#quiet === null) this.#awaitQuiet();
  }

  /** A tool works for the caller. */
  toolBegan(): void {
    const { chance, habits } = this.#options;
    if (habits.has('hangsUpInTool') && chance.happens(0.5))
      this.#plan(chance.between(20, 1_500), () => this.#leaveBy('hangsUpInTool'));
  }

  /** The telephone is dead. */
  stop(): void {
    this.#isGone = true;
    this.#mouth.stop();
    const { clock } = this.#options;
    for (const timer of [this.#quiet, this.#patience, this.#longest, ...this.#plans])
      clock.clearTimeout(timer);
    this.#plans.clear();
  }

  #awaitQuiet(): void {
    const { clock, chance } = this.#options;
    clock.clearTimeout(this.#quiet);
    if (this.#isGone) return;
    const reactionMs = chance.between(200, 1_200);
    this.#quiet = clock.setTimeout(
      () => {
        this.#quiet = null;
        if (this.#dryMs > clock.now() - 150) this.#awaitQuiet();
        else if (!this.#mouth.isBusy) this.#answer();
      },
      Math.max(0, this.#dryMs - clock.now()) + reactionMs,
    );
  }

  #answer(): void {
    const { chance, habits } = this.#options;
    const question = this.#question;
    if (question === null) return;
    this.#question = null;
    if (habits.has('staysSilent') && chance.happens(0.2)) {
      this.#options.did('staysSilent');
      this.#options.tell('says nothing');
      return;
    }
    if (habits.has('hangsUpWaiting') && chance.happens(0.2))
      this.#plan(chance.between(200, 2_500), () => this.#leaveBy('hangsUpWaiting'));
    if (++this.#asked > 12) this.#say('goodbye.');
    else if (/right\?/i.test(question)) this.#confirm(0.9);
    else if (/try again\?/i.test(question)) this.#confirm(0.6);
    else this.#wish();
  }

  #confirm(share: number): void {
    const { chance } = this.#options;
    if (!this.#readOut || !chance.happens(share)) {
      this.#say('no.');
      return;
    }
    this.#options.agreed(this.#readOut);
    this.#say('yes.');
  }

  #wish(): void {
    const { chance, habits } = this.#options;
    const wish = this.#wishes.shift();
    if (habits.has('saysTwoThings') && chance.happens(0.2)) {
      this.#options.did('saysTwoThings');
      this.#plan(chance.between(300, 1_500), () => this.#say('hours.'));
    }
    if (wish === undefined) this.#say('no thanks.');
    else if (wish === 'order' || wish === 'check') this.#ask(wish);
    else if (wish === 'gibberish') this.#say('bananas grow on the moon.');
    else this.#say(`${wish}.`);
  }

  #ask(what: 'order' | 'check'): void {
    const { chance, habits } = this.#options;
    const item = String(chance.between(1_000, 9_999));
    if (what === 'order' && habits.has('usesKeys') && chance.happens(0.5)) {
      this.#options.did('usesKeys');
      this.#options.tell(`keys ${item}`);
      this.#mouth.press(`${item}#`);
    } else this.#say(`${what} ${item}.`);
  }

  #interrupt(): void {
    if (this.#mouth.isBusy) return;
    this.#options.did('interrupts');
    this.#question = null;
    this.#say(this.#options.chance.pick(['hours.', 'wait.', 'no.', 'terms.', 'well.']));
  }

  #say(text: string): void {
    const { chance, habits } = this.#options;
    this.#options.tell(`says “${text}”`);
    this.#mouth.say(text);
    if (habits.has('hangsUpSpeaking') && chance.happens(0.12))
      this.#plan(chance.between(50, 500), () => this.#leaveBy('hangsUpSpeaking'));
  }

  #leaveBy(habit: CallerHabit): void {
    if (this.#isGone) return;
    this.#options.did(habit);
    this.#leave(habit);
  }

  #leave(why: string): void {
    if (this.#isGone) return;
    this.#options.tell(`hangs up: ${why}`);
    this.stop();
    this.#options.hangUp();
  }

  #plan(afterMs: number, act: () => void): void {
    const timer = this.#options.clock.setTimeout(() => {
      this.#plans.delete(timer);
      if (!this.#isGone) act();
    }, afterMs);
    this.#plans.add(timer);
  }

  #wait(): void {
    const { clock } = this.#options;
    clock.clearTimeout(this.#patience);
    this.#patience = clock.setTimeout(() => this.#leave('hears nothing any more'), PATIENCE_MS);
  }
}
