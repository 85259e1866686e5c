import { type Clock, passing } from '../clock.ts';
import type { CarrierSocket } from '../ports.ts';
import { CloudLink, CloudRefusal, type ConnectCloud } from './cloud-link.ts';
import type { Afterwards, CallCopy, CloudMessage, EdgeMessage } from './relay-messages.ts';
import type { Party, Switchboard } from './switchboard.ts';

export interface CloudWorkOptions {
  clock: Clock;
  callSid: string;
  connect: ConnectCloud;
  switchboard: Switchboard;
  /** Nodes by preference, the best first. */
  clouds: readonly string[];
  warn(message: string, error?: unknown): void;
  /** What was known here of the call when it was handed over; null where it never was here. */
  copy(): Promise<CallCopy | null>;
  /** The call is worked on by `cloud` now. */
  taken(cloud: string): void;
  /** That node has spoken: it has the call. */
  proven(): void;
  /** The cloud is done with the stream. */
  over(after: Afterwards): void;
  /** The node that had the call is gone, and nobody else takes it. `isOver`: because there is no such call any more, they say. */
  abandoned(isOver: boolean): void;
}

const CONNECT_MS = 1_500;
const ANSWER_MS = 3_000;
/** Less than the chart's `lineGrace`, which runs for the call wherever it is kept. */
const REHOME_MS = 12_000;
/**
 * Frames of 20 ms, some 350 bytes each. A node takes none from the moment at which it lets a call go, and says so once the records know:
 * for that it tries ten seconds long, and as long again as the records take to say no.
 */
const MOST_REMEMBERED = 1_000;
const FORGOTTEN_AT_ONCE = 200;
/** After each round of all nodes; nodes that cannot reach the records at the moment say so at once. */
const PAUSES_MS = [250, 500, 1_000, ...Array<number>(6).fill(2_000)];

/** The latest messages of the carrier that went over a relay: a node that lets a call go may not have taken them all. */
class Sent {
  #count = 0;
  readonly #latest: string[] = [];

  add(text: string): void {
    this.#count++;
    this.#latest.push(text);
    if (this.#latest.length === MOST_REMEMBERED + FORGOTTEN_AT_ONCE)
      this.#latest.splice(0, FORGOTTEN_AT_ONCE);
  }

  /** Those after the first `count`. */
  after(count: number): string[] {
    const missing = this.#count - count;
    return missing > 0 ? this.#latest.slice(-missing) : [];
  }
}

/** A call that a cloud node works on: carries its messages, and finds it another node when that one is gone. */
export class CloudWork implements Party {
  readonly #options: CloudWorkOptions;
  #link: CloudLink | null = null;
  #sent = new Sent();
  #after: Afterwards | null = null;
  /** The node that had the call was lost without a word: what it said last may not have come. */
  #isCutOff = false;
  /** Nodes that have not answered since. Each may have taken the call, and have said something that did not come. */
  readonly #unanswering = new Set<string>();
  /** Counts what makes an ongoing search for a node void. */
  #search = 0;

  constructor(options: CloudWorkOptions) {
    this.#options = options;
  }

  /** The node that has the call, or had it last. */
  get cloud(): string | null {
    return this.#link?.cloud ?? null;
  }

  /** A relay for a call that is still worked on here. It belongs to whoever asked until `take`. */
  open(cloud: string): CloudLink {
    const link: CloudLink = new CloudLink({
      cloud,
      connect: this.#options.connect,
      clock: this.#options.clock,
      forCarrier: text => this.#forCarrier(link, text),
      told: message => this.#told(link, message),
      lost: reason => this.#lost(link, reason),
    });
    return link;
  }

  /** The node behind `link` has the call. */
  take(link: CloudLink): void {
    this.#search++;
    this.#use(link);
    this.#after = null;
    this.#taken(link.cloud);
  }

  /** Finds a node that begins the call. Returns false when none does. */
  async begin(message: Extract<EdgeMessage, { event: 'aybiza.begin' }>): Promise<boolean> {
    const search = ++this.#search;
    const outcome = await this.#askAround(this.#options.clouds, () => message, search, [250]);
    if (outcome === 'taken') this.#options.switchboard.connect(this);
    return outcome === 'taken' || search !== this.#search;
  }

  /**
   * Finds a node that goes on with a call that has begun, for the carrier's present stream. `from`: the node that had it, asked first when
   * it is sound (`isSound`), and last when it is gone.
   */
  async rehome(from: string, isSound: boolean): Promise<void> {
    const search = ++this.#search;
    const { callSid, clouds, switchboard } = this.#options;
    const others = clouds.filter(cloud => cloud !== from);
    const stream = switchboard.stream;
    if (!stream) return;
    this.#link?.close(1000, 'another node is asked');
    this.#after = null;

    const order = isSound ? [from, ...others] : [...others, from];
    const copy = await this.#options.copy();
    if (search !== this.#search) return;
    const { streamSid } = stream;
    const message = { event: 'aybiza.rehome', callSid, streamSid, ...(copy && { copy }) } as const;
    const ask = (cloud: string) => ({
      ...message,
      wasYours: cloud === from,
      isCutOff: this.#isCutOffFor(cloud),
    });
    const outcome = await this.#askAround(order, ask, search, PAUSES_MS);
    if (search !== this.#search) return;
    if (outcome === 'taken') switchboard.connect(this);
    else this.#options.abandoned(outcome === 'over');
  }

  message(text: string): void {
    this.#sent.add(text);
    this.#link?.send(text);
  }

  /** The carrier comes back by its webhook, or the caller has hung up; the node hears of neither but by this. */
  gone(_: CarrierSocket, reason: string): void {
    this.#search++;
    this.#link?.close(1000, reason.slice(0, 100));
  }

  /** The call is over, or another way of working on it has been found. */
  close(): void {
    this.#search++;
    this.#link?.close(1000, 'call ended');
  }

  /** Asks one node after the other, and after a pause all of them again. */
  async #askAround(
    clouds: readonly string[],
    messageFor: (cloud: string) => EdgeMessage,
    search: number,
    pausesMs: readonly number[],
  ): Promise<'taken' | 'over' | 'nobody'> {
    const { clock } = this.#options;
    const untilMs = clock.now() + REHOME_MS;
    for (let round = 0; clock.now() < untilMs; round++) {
      for (const cloud of clouds) {
        if (search !== this.#search || clock.now() >= untilMs) return 'nobody';
        const outcome = await this.#ask(cloud, messageFor(cloud), search);
        if (outcome !== 'no') return outcome;
      }
      const pauseMs = pausesMs[round];
      if (pauseMs === undefined || clouds.length === 0) break;
      await passing(pauseMs, clock);
    }
    return 'nobody';
  }

  async #ask(cloud: string, message: EdgeMessage, search: number): Promise<'taken' | 'over' | 'no'> {
    const link = this.open(cloud);
    try {
      await link.open(CONNECT_MS);
      if (search !== this.#search) throw new Error('not wanted any more');
      // The node may speak in the same breath as it says yes.
      this.#use(link);
      await link.ask(message, ANSWER_MS);
    } catch (error) {
      if (this.#link === link && !(error instanceof CloudRefusal)) this.#unanswering.add(cloud);
      link.close(1000, 'another node is asked');
      if (this.#link === link) this.#link = null;
      if (search === this.#search) this.#options.warn(`${cloud} does not take the call.`, error);
      return error instanceof CloudRefusal && error.isOver ? 'over' : 'no';
    }
    if (search !== this.#search) {
      link.close(1000, 'not wanted any more');
      return 'no';
    }
    this.#taken(cloud);
    return 'taken';
  }

  #taken(cloud: string): void {
    this.#isCutOff = false;
    this.#unanswering.clear();
    this.#options.taken(cloud);
  }

  /** A node that took the call itself and is asked again knows what it has said. */
  #isCutOffFor(cloud: string): boolean {
    return this.#isCutOff || [...this.#unanswering].some(other => other !== cloud);
  }

  #forCarrier(link: CloudLink, text: string): void {
    if (link !== this.#link) return;
    this.#options.switchboard.send(text);
    this.#options.proven();
  }

  #told(link: CloudLink, message: CloudMessage): void {
    if (link !== this.#link) return;
    this.#options.proven();
    if (message.event === 'aybiza.over') this.#after = toAfterwards(message);
    else if (message.event === 'aybiza.moved') {
      // The agent goes on in mid-sentence, so every frame counts.
      this.#options.switchboard.hold({ audio: true, unheard: this.#sent.after(message.heard) });
      this.#lookElsewhere(link, 'the node drains');
    }
  }

  #lost(link: CloudLink, reason: string): void {
    if (link !== this.#link) return;
    if (this.#after) {
      this.#finish(this.#after);
      return;
    }
    this.#isCutOff = true;
    // What the caller said into the gap would only confuse.
    this.#options.switchboard.hold({ audio: false });
    this.#lookElsewhere(link, reason);
  }

  #lookElsewhere(link: CloudLink, reason: string): void {
    this.#options.warn(`${link.cloud} has the call no more: ${reason}.`);
    void this.rehome(link.cloud, false);
  }

  #use(link: CloudLink): void {
    this.#link = link;
    this.#sent = new Sent();
  }

  #finish(after: Afterwards): void {
    this.close();
    this.#options.over(after);
  }
}

function toAfterwards(said: Afterwards): Afterwards {
  return said.next === 'dial' ? { next: 'dial', number: said.number } : { next: said.next };
}
