import type { Call } from '../../runtime/call.ts';
import type { SimulatedClock } from '../../runtime/clock.ts';
import type { LogEntry, Note } from '../../runtime/journal.ts';
import type { FaultClass } from './faults.ts';
import { HeardAudio, type Sentence } from './heard-audio.ts';
import { Orders } from './orders.ts';
import { SilenceGauge } from './silence.ts';
import type { Tally } from './tally.ts';

export const rules = [
  'stuck',
  'oneRecord',
  'noWordLost',
  'noHoleInLog',
  'noDoubledOrder',
  'wholeAudio',
  'oneOwner',
  'silentAfterBargeIn',
  'boundedSilence',
  'noCrash',
] as const;
export type Rule = (typeof rules)[number];

export interface Violation {
  callSid: string;
  rule: Rule;
  what: string;
  atMs: number;
}

/** Something the caller said, as an owner of the call heard it. */
export interface HeardUtterance {
  callId: string;
  seq: number;
  text: string;
  owner: string;
  /** How many owners the call had had by the time this one got it, with it. */
  arrival: number;
}

export interface CallWatchOptions {
  clock: SimulatedClock;
  longestSilenceMs: number;
  /** Until when machines that the call may come to are in trouble, or have just been. */
  troubleUntilMs(): number;
  violated(violation: Violation): void;
  /** Where the call's story goes; null: nobody reads it. */
  story: ((line: string) => void) | null;
  tally: Tally;
}

/** No call has so many owners. */
const A_LOT = 1_000_000;

/** Floors on which no frame of the agent's may leave. */
const SILENT_FLOORS: ReadonlySet<string> = new Set([
  'listening',
  'waitingForMore',
  'bargingIn',
  'speculating',
  'onHold',
]);

/** Follows one call wherever it goes, from outside and from inside, and says when something is not as it must be. */
export class CallWatch {
  readonly callSid: string;
  readonly orders: Orders;
  readonly audioHeard: HeardAudio;
  readonly silence: SilenceGauge;
  readonly utterances: HeardUtterance[] = [];
  /** Faults that struck it, or a machine that it was on. */
  readonly strikes = new Set<FaultClass>();
  /** Processes that the call was on, and which time it was there. */
  readonly #ownership = new Map<string, number>();
  readonly #options: CallWatchOptions;
  readonly #lostOwners = new Set<string>();
  #arrivals = 0;
  #latestOwner = '';
  #outageFromMs: number | null = null;
  #latestSender = 0;
  #overMs: number | null = null;
  #sounding: Sentence | null = null;

  constructor(callSid: string, options: CallWatchOptions) {
    this.callSid = callSid;
    this.#options = options;
    const { clock } = options;
    this.orders = new Orders(what => this.violation('noDoubledOrder', what));
    this.audioHeard = new HeardAudio(clock, what => this.violation('wholeAudio', what));
    this.silence = new SilenceGauge({
      limitMs: options.longestSilenceMs,
      troubleUntilMs: options.troubleUntilMs,
      broken: what => this.violation('boundedSilence', what),
    });
  }

  /** When the telephone was put down; null while it is not. */
  get overMs(): number | null {
    return this.#overMs;
  }

  get hasStory(): boolean {
    return this.#options.story !== null;
  }

  violation(rule: Rule, what: string): void {
    this.tell('VIOLATION', `${rule}: ${what}`);
    this.#options.violated({ callSid: this.callSid, rule, what, atMs: this.#options.clock.now() });
  }

  tell(who: string, what: string): void {
    const { story, clock } = this.#options;
    story?.(`${(clock.now() / 1_000).toFixed(3).padStart(9)}  ${who.padEnd(12)} ${what}`);
  }

  /** A fault strikes this very call. */
  struck(fault: FaultClass): void {
    this.tell('fault', fault);
    this.strikes.add(fault);
    this.#options.tally.struck(fault);
  }

  count(what: string): void {
    this.#options.tally.count(what);
  }

  // The telephone.

  streamBegan(streamSid: string): void {
    this.tell('carrier', `stream ${streamSid.slice(-6)} is up`);
    this.audioHeard.newStream();
    this.silence.streamIs(true, this.#options.clock.now());
  }

  streamEnded(reason: string): void {
    this.tell('carrier', `the stream has ended (${reason})`);
    this.silence.streamIs(false, this.#options.clock.now());
    this.#sounding = null;
  }

  /** `hears` is told of each sentence that begins. */
  audio(audio: Buffer, from: string, dryMs: number, hears: (text: string) => void): void {
    this.#oneOwner(from);
    if (this.#outageFromMs !== null) {
      this.#options.tally.outagesMs.push(this.#options.clock.now() - this.#outageFromMs);
      this.#outageFromMs = null;
    }
    this.silence.sound(this.#options.clock.now(), dryMs);
    this.audioHeard.frame(audio);
    const { current } = this.audioHeard;
    if (!current || current === this.#sounding) return;
    this.#sounding = current;
    if (this.hasStory) this.tell('hears', `“${current.text}”`);
    this.orders.hears(current.text);
    hears(current.text);
  }

  /** Returns whom to tell when whoever has the call knows that the mark was heard. */
  audioMarked(): () => void {
    return this.audioHeard.marked();
  }

  cleared(): void {
    this.tell('carrier', 'clears');
    this.silence.silenced(this.#options.clock.now());
    this.audioHeard.cleared();
  }

  turnedAway(how: string): void {
    this.tell('carrier', `the caller hears ${how}`);
    this.count(`turned away with ${how}`);
  }

  phoneOver(how: string): void {
    this.tell('carrier', `the call is over: ${how}`);
    this.#overMs = this.#options.clock.now();
    this.silence.agentGivesFloorUp(this.#overMs);
  }

  // Inside.

  /** What a process says that has lost the call, and does not know it, is for nobody. */
  spoken(text: string, bytes: number, speaker: string): Sentence {
    const sentence = this.audioHeard.spoken(text, bytes, speaker);
    const number = this.#ownership.get(speaker);
    if (number !== undefined && number < this.#arrivals) sentence.isCut = true;
    return sentence;
  }

  /** The call has begun on a process, or has come there. */
  follow(call: Call, process: string): void {
    this.#ownership.set(process, ++this.#arrivals);
    this.#latestOwner = process;
    const owner = { process, arrival: this.#arrivals };
    this.tell(process, this.#arrivals === 1 ? 'the call begins' : 'the call arrives');
    // Where its edge has gone elsewhere meanwhile, it waits for whoever brings its stream.
    if (call.line.isAttached) this.silence.arrived(this.#options.clock.now());
    this.audioHeard.hasArrived();
    for (const entry of call.log.pending) this.#logged(entry, call, owner);
    call.log.listen(entry => this.#logged(entry, call, owner));
  }

  /** The process lets the call go; what it had begun to say is said to its end elsewhere. */
  released(process: string): void {
    this.tell(process, 'lets the call go');
    this.audioHeard.goesOnElsewhere();
    this.silence.released(this.#options.clock.now());
  }

  /** Of two that claim a call at about the same time, the records say which was the later; it may not be the one that came to know it later. */
  abandoned(process: string): void {
    this.tell(process, 'finds the call taken over');
    this.#giveWay(process);
    this.mayLose(process);
    this.silence.lost();
    this.audioHeard.cutAll(process);
  }

  ended(process: string, outcome: string): void {
    this.tell(process, `the call has ended: ${outcome}`);
    this.silence.agentGivesFloorUp(this.#options.clock.now());
  }

  /** Whether anybody ever had the call. */
  get hasBegun(): boolean {
    return this.#arrivals > 0;
  }

  /** Whether the call is on this process, as far as anybody knows. */
  isOn(process: string): boolean {
    return this.#overMs === null && this.#latestOwner === process;
  }

  /** The process has died, or nobody can reach it: what it still had to say is lost. */
  lostOwner(process: string): void {
    if (!this.#ownership.has(process)) return;
    if (this.isOn(process)) this.#outageFromMs ??= this.#options.clock.now();
    this.mayLose(process);
    this.audioHeard.cutAll(process);
    this.silence.lost();
  }

  /** From now on what the process has not written down yet may be missing: others take it for dead. */
  mayLose(process: string): void {
    this.#lostOwners.add(process);
  }

  /** Whether what this process had not written down yet may be missing: it died, or lost the call to another. */
  mayLoseWords(process: string): boolean {
    return this.#lostOwners.has(process);
  }

  /** A frame leaves a process for the caller. */
  frameLeaves(call: Call): void {
    const { floor } = call.line;
    if (SILENT_FLOORS.has(floor))
      this.violation('silentAfterBargeIn', `the agent is sent while the floor is ${floor}`);
  }

  /** Whoever lives and had the call may have it now. What of `process` is on its way may be heard until one of them is. */
  #giveWay(process: string): void {
    const number = this.#ownership.get(process);
    if (number === undefined) return;
    for (const [owner, count] of this.#ownership)
      if (owner !== process && count < number && !this.#lostOwners.has(owner))
        this.#ownership.set(owner, number + count / A_LOT);
  }

  #oneOwner(from: string): void {
    const number = this.#ownership.get(from) ?? 0;
    if (number < this.#latestSender)
      this.violation('oneOwner', `${from} is heard after another had taken the call over`);
    else this.#latestSender = number;
  }

  #logged(entry: LogEntry, call: Call, { process, arrival }: { process: string; arrival: number }): void {
    if (this.hasStory) this.tell(process, told(entry));
    const nowMs = this.#options.clock.now();
    if (entry.kind === 'event') {
      const { event } = entry;
      if (event.type === 'caller.finished')
        this.utterances.push({
          callId: call.start.callId,
          seq: entry.seq,
          text: event.text,
          owner: process,
          arrival,
        });
      else if (event.type === 'line.lost') this.silence.agentGivesFloorUp(nowMs);
      else if (event.type === 'line.resumed') this.silence.arrived(nowMs);
    } else if (entry.kind === 'note') this.#noted(entry.note, call, nowMs);
  }

  #noted(note: Note, call: Call, nowMs: number): void {
    switch (note.type) {
      case 'turn.opened':
        // The agent knows that they were cut off, and says so: what went into the void is not said again.
        if (note.purpose === 'welcomeBack') this.audioHeard.cutAll();
        if (call.line.floor === 'speculating') return;
        this.silence.agentTakesFloor(nowMs);
        return;
      case 'turn.committed':
        this.silence.agentTakesFloor(nowMs);
        return;
      case 'turn.heard':
        if (note.interrupted) this.audioHeard.cutAll();
        this.audioHeard.turnIsOver();
        this.silence.agentGivesFloorUp(nowMs);
        return;
      case 'call.moved':
        this.count(`moved: ${note.reason}`);
        if (note.reason !== 'nodeDied') return;
        this.audioHeard.cutAll();
        return;
    }
  }
}

function told(entry: LogEntry): string {
  if (entry.kind === 'timer') return `#${entry.seq} timer ${entry.timer}`;
  const { type, ...rest } = entry.kind === 'event' ? entry.event : entry.note;
  const details = Object.entries(rest).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return `#${entry.seq} ${entry.kind === 'note' ? `(${type})` : type} ${details.join(' ')}`.slice(0, 200);
}
