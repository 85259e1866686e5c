import type { Call } from '../../runtime/call.ts';
import type { CallWatch } from './call-watch.ts';
import type { FaultClass } from './faults.ts';
import type { Process } from './process.ts';
import type { Outage } from './silence.ts';

/** Every call's watch, by the carrier's id and by ours. */
export class Watches {
  readonly all: CallWatch[] = [];
  readonly #byCallId = new Map<string, CallWatch>();
  /** What keeps sounds from all callers now. */
  readonly #everybodys = new Set<Outage>();

  add(number: number, watch: CallWatch, nowMs: number): void {
    this.all[number] = watch;
    for (const outage of this.#everybodys) watch.silence.outageBegins(outage, nowMs);
  }

  of(callId: string): CallWatch {
    const watch = this.#byCallId.get(callId);
    if (!watch) throw new Error(`Nobody has heard of the call ${callId}.`);
    return watch;
  }

  /** The call that a line of a log is about. */
  about({ callId, callSid }: { callId?: string; callSid?: string }): CallWatch | undefined {
    if (callId !== undefined) return this.#byCallId.get(callId);
    return callSid === undefined ? undefined : this.all[numberOf(callSid)];
  }

  arrived(call: Call, process: string): void {
    const { callId, callSid } = call.start;
    const watch = this.all[numberOf(callSid)] as CallWatch;
    this.#byCallId.set(callId, watch);
    watch.follow(call, process);
  }

  released(callId: string, process: string): void {
    this.of(callId).released(process);
  }

  abandoned(callId: string, process: string): void {
    this.of(callId).abandoned(process);
  }

  frameLeaves(call: Call): void {
    this.of(call.start.callId).frameLeaves(call);
  }

  /** A fault strikes the process, and with it every call that is there. */
  struck(fault: FaultClass, process: string): void {
    for (const watch of this.all) if (watch?.isOn(process)) watch.strikes.add(fault);
  }

  /** The process lives and cannot reach the records for so long that others close its calls. */
  outOfReach(process: Process): void {
    for (const watch of this.all) watch?.mayLose(process.name);
  }

  /** Nothing passes between callers and the process any more. Returns how that ends. */
  cutOff(process: Process, nowMs: number): (nowMs: number) => void {
    const outage: Outage = { isOfStream: true };
    for (const watch of this.all) if (watch?.isOn(process.name)) watch.silence.outageBegins(outage, nowMs);
    return endMs => this.#ends(outage, endMs);
  }

  /** Everything is slow on its way, for whoever calls meanwhile too. Returns how that ends. */
  slowDown(nowMs: number): (nowMs: number) => void {
    const outage: Outage = { isOfStream: false };
    this.#everybodys.add(outage);
    for (const watch of this.all) watch?.silence.outageBegins(outage, nowMs);
    return endMs => {
      this.#everybodys.delete(outage);
      this.#ends(outage, endMs);
    };
  }

  /** The process is gone, or will find that its calls are another's when it comes to itself. */
  lost(process: Process): void {
    for (const watch of this.all) {
      if (watch?.overMs === null) watch.lostOwner(process.name);
      else watch?.mayLose(process.name);
    }
  }

  #ends(outage: Outage, nowMs: number): void {
    for (const watch of this.all) watch?.silence.outageEnds(outage, nowMs);
  }
}

export function sidOf(number: number): string {
  return `CA${number.toString(16).padStart(32, '0')}`;
}

export function numberOf(callSid: string): number {
  return Number.parseInt(callSid.slice(2), 16);
}
