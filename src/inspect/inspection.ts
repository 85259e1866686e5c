import type { Call } from '../../runtime/call.ts';
import type { Clock, TimerHandle } from '../../runtime/clock.ts';
import type { CallStart } from '../../runtime/journal.ts';
import type { LiveCalls } from '../console/call-past.ts';
import type { Log } from '../storage/log.ts';
import { aboutInspection } from './about.ts';
import { frameOf } from './frames.ts';
import type { Happening } from './happening.ts';
import { isSampled } from './sample.ts';
import { Tap } from './tap.ts';
import { type Outlet, Viewer, type Wish } from './viewer.ts';

type Looker = Viewer<Tap>;

export interface InspectionOptions {
  live: Pick<LiveCalls, 'calls'>;
  clock: Clock;
  log: Pick<Log, 'warn'>;
  /** Calls of which nobody is shown what is personal, whatever is asked for. */
  redacts(start: CallStart): boolean;
  /** Cuts secrets out of what is sent. */
  cutSecrets(text: string): string;
  /** Inspected at once, whoever looks. Default 20. */
  maxCalls?: number;
  /** Default 20. */
  maxViewers?: number;
}

/** Gathered before it is written. */
const EVERY_MS = 50;
/** Of these, writing may take so long, one happening more or less. */
const BUDGET_MS = 5;
/** What waits to be written; a burst of more is counted, not kept. */
const LONGEST_QUEUE = 5_000;
const NORMAL = 1000;
const TRY_AGAIN_LATER = 1013;

type Task =
  | { is: 'happening'; tap: Tap; happening: Happening; number: number; only: Looker | null }
  | { is: 'introduction'; to: Looker }
  | { is: 'end'; tap: Tap };

/**
 * Lets people look into running calls, with frames that Stately's inspector reads. A call that is looked at does nothing more
 * than to put what happens into a queue; writing is done between the turns of all calls, a few milliseconds at a time. Nothing
 * is attached to a call at which nobody looks.
 */
export class Inspection {
  readonly #options: InspectionOptions;
  readonly #viewers = new Set<Looker>();
  readonly #taps = new Map<Call, Tap>();
  #queue: Task[] = [];
  #number = 0;
  #timer: TimerHandle | null = null;
  #hasComplained = false;

  constructor(options: InspectionOptions) {
    this.#options = options;
  }

  /** How many calls are looked into. */
  get size(): number {
    return this.#taps.size;
  }

  /** Why a viewer cannot be let in now, or null. */
  refusal(call: Call | null): string | null {
    if (this.#viewers.size >= this.#maxViewers)
      return `${this.#maxViewers} people are looking already. Let one of them stop.`;
    if (call && !this.#taps.has(call) && this.#taps.size >= this.#maxCalls)
      return `${this.#maxCalls} calls are inspected already. Let somebody stop, or look at one of these.`;
    return null;
  }

  /** Somebody looks, at `call` or at all of them: first comes what there is, then what happens. Returns how to stop. */
  join(call: Call | null, wish: Wish, outlet: Outlet): () => void {
    const viewer = new Viewer<Tap>(wish, outlet, this.#options.clock.now());
    this.#viewers.add(viewer);
    if (call) this.#watch(viewer, call);
    else this.#fill(viewer);
    // Inspectors show first what comes first: a call.
    this.#put({ is: 'introduction', to: viewer });
    return () => this.#leave(viewer);
  }

  began(call: Call): void {
    for (const viewer of this.#viewers) this.#offer(viewer, call);
  }

  ended(call: Call): void {
    const tap = this.#taps.get(call);
    // Whoever watches wants the last step too, of which XState tells after the call has ended.
    if (tap) queueMicrotask(() => this.#put({ is: 'end', tap }));
  }

  close(): void {
    for (const viewer of this.#viewers) this.#dismiss(viewer, NORMAL, 'the server stops');
  }

  get #maxCalls(): number {
    return this.#options.maxCalls ?? 20;
  }

  get #maxViewers(): number {
    return this.#options.maxViewers ?? 20;
  }

  #watch(viewer: Looker, call: Call): void {
    const tap = this.#taps.get(call) ?? this.#open(call);
    const number = ++this.#number;
    tap.viewers.set(viewer, number);
    viewer.taps.add(tap);
    viewer.isBehind = true;
    for (const happening of tap.standing())
      this.#put({ is: 'happening', tap, number, happening, only: viewer });
  }

  #open(call: Call): Tap {
    const tap = new Tap(call, this.#options.redacts(call.start), (heard, happening) =>
      this.#hear(heard, happening),
    );
    this.#taps.set(call, tap);
    return tap;
  }

  /** Within a call's turn. */
  #hear(tap: Tap, happening: Happening): void {
    if (this.#queue.length < LONGEST_QUEUE || happening.type === '@xstate.actor')
      this.#put({ is: 'happening', tap, number: ++this.#number, happening, only: null });
    else for (const viewer of tap.viewers.keys()) viewer.missed(tap, happening.actor);
  }

  #put(task: Task): void {
    this.#queue.push(task);
    this.#arm();
  }

  #arm(): void {
    this.#timer ??= this.#options.clock.setTimeout(() => {
      this.#timer = null;
      this.#work();
    }, EVERY_MS);
  }

  #work(): void {
    const { clock } = this.#options;
    const beganMs = clock.now();
    for (const viewer of this.#viewers)
      if (!viewer.isOwed && viewer.secondIsOver(beganMs)) viewer.beginSecond(beganMs);

    let done = 0;
    while (done < this.#queue.length) {
      this.#do(this.#queue[done++]!);
      if (clock.now() >= beganMs + BUDGET_MS) break;
    }
    this.#queue.splice(0, done);

    const endedMs = clock.now();
    for (const viewer of this.#viewers)
      if (viewer.isOwed && viewer.secondIsOver(endedMs)) this.#settle(viewer, endedMs);
    if (this.#queue.length > 0 || [...this.#viewers].some(viewer => viewer.isOwed)) this.#arm();
  }

  #do(task: Task): void {
    if (task.is === 'end') this.#conclude(task.tap);
    else if (task.is === 'introduction') this.#tellAbout(task.to, '@xstate.actor');
    else this.#write(task.tap, task.happening, this.#audience(task));
  }

  #audience({ tap, number, happening, only }: Extract<Task, { is: 'happening' }>): Looker[] {
    if (only) return tap.viewers.has(only) ? [only] : [];
    return [...tap.viewers]
      .filter(([, from]) => from < number)
      .map(([viewer]) => viewer)
      .filter(viewer => this.#admits(viewer, tap, happening));
  }

  /** Actors always come, or what happens to them would have no chart. */
  #admits(viewer: Looker, tap: Tap, { type, actor }: Happening): boolean {
    if (type === '@xstate.actor') viewer.count();
    else if (!viewer.admits()) {
      viewer.missed(tap, actor);
      return false;
    }
    return true;
  }

  /** Written once for all who are shown the same. */
  #write(tap: Tap, happening: Happening, audience: readonly Looker[]): void {
    try {
      tap.learnFrom(happening);
      const texts = new Map<unknown, string>();
      for (const viewer of audience) {
        const rewrite = tap.rewriteFor(viewer);
        const text = texts.get(rewrite) ?? JSON.stringify(frameOf(happening, rewrite));
        texts.set(rewrite, text);
        this.#send(viewer, text);
      }
    } catch (error) {
      for (const viewer of audience) viewer.missed(tap, happening.actor);
      if (!this.#hasComplained)
        this.#options.log.warn({ err: error }, 'Something in a call could not be shown to who inspects it.');
      this.#hasComplained = true;
    }
  }

  /** Tells how much was too much for the last second, and shows what it led to. */
  #settle(viewer: Looker, nowMs: number): void {
    viewer.beginSecond(nowMs);
    // Not before older steps, or charts would go back to them.
    if (this.#queue.length === 0) this.#catchUp(viewer);
    if (viewer.dropped > 0 || viewer.isBehind) this.#tellAbout(viewer, '@xstate.snapshot');
  }

  #catchUp(viewer: Looker): void {
    for (const [actor, tap] of viewer.takeOwed()) {
      if (!viewer.taps.has(tap)) continue;
      if (viewer.admits()) this.#write(tap, tap.present(actor), [viewer]);
      else viewer.owe(tap, actor);
    }
  }

  #tellAbout(viewer: Looker, type: '@xstate.actor' | '@xstate.snapshot'): void {
    if (!this.#viewers.has(viewer)) return;
    const { clock, live } = this.#options;
    const liveCalls = [...live.calls()].length;
    const wallMs = clock.wallTime();
    const frame = aboutInspection(viewer, type, { dropped: viewer.takeDropped(), liveCalls, wallMs });
    viewer.isBehind = false;
    this.#send(viewer, JSON.stringify(frame));
  }

  #conclude(tap: Tap): void {
    tap.close();
    if (this.#taps.get(tap.call) === tap) this.#taps.delete(tap.call);
    const viewers = [...tap.viewers.keys()];
    for (const viewer of viewers) {
      if (viewer.wish.one) {
        this.#catchUp(viewer);
        this.#tellAbout(viewer, '@xstate.snapshot');
        this.#dismiss(viewer, NORMAL, 'the call has ended');
      } else {
        viewer.taps.delete(tap);
        viewer.isBehind = true;
      }
    }
    for (const viewer of this.#viewers) this.#fill(viewer);
  }

  #fill(viewer: Looker): void {
    if (viewer.wish.one) return;
    for (const call of this.#options.live.calls()) this.#offer(viewer, call);
  }

  /** A call for who looks at all of them, as far as one more may be inspected. */
  #offer(viewer: Looker, call: Call): void {
    if (viewer.wish.one || !isSampled(call.start.callSid, viewer.wish.sample)) return;
    viewer.isBehind = true;
    const tap = this.#taps.get(call);
    if (tap ? !viewer.taps.has(tap) : this.#taps.size < this.#maxCalls) this.#watch(viewer, call);
  }

  #send(viewer: Looker, text: string): void {
    if (viewer.outlet.send(this.#options.cutSecrets(text)) === 'dropped')
      this.#dismiss(viewer, TRY_AGAIN_LATER, 'too slow');
  }

  #dismiss(viewer: Looker, code: number, reason: string): void {
    this.#leave(viewer);
    viewer.outlet.close(code, reason);
  }

  #leave(viewer: Looker): void {
    if (!this.#viewers.delete(viewer)) return;
    for (const tap of viewer.taps) {
      tap.viewers.delete(viewer);
      if (tap.viewers.size > 0) continue;
      tap.close();
      this.#taps.delete(tap.call);
    }
    viewer.taps.clear();
    if (this.#viewers.size > 0) return;
    this.#options.clock.clearTimeout(this.#timer);
    this.#timer = null;
    this.#queue = [];
  }
}
