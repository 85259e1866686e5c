import type { Call, Log } from '../../runtime/call.ts';
import type { CallHost } from '../../runtime/call-host.ts';
import type { Clock } from '../../runtime/clock.ts';
import { ListeningEar } from './listening-ear.ts';

export interface SupervisorDeskOptions {
  host: Pick<CallHost, 'bySid' | 'calls' | 'transferNumberOf'>;
  clock: Clock;
  log: Log;
}

/** Why the call, as it stands, cannot be given what was asked: a sentence. Null: it was done. */
export type Refusal = string | null;

export interface Listening {
  /** The listener's voice; heard by the caller while this listener has taken the call over. */
  speak(audio: Uint8Array): void;
  stop(): void;
}

/**
 * Where people step into calls that are live here. Everything they do enters the call by its one door, as an event that names
 * who did it: so it is in the call's log, and a replay shows it.
 */
export class SupervisorDesk {
  readonly #options: SupervisorDeskOptions;
  /** Who listens to which call; somebody may listen on several connections. */
  readonly #listeners = new Map<string, string[]>();

  constructor(options: SupervisorDeskOptions) {
    this.#options = options;
  }

  /** A call begins, or goes on here: whoever had taken it over elsewhere is not connected to this process. */
  watch(call: Call): void {
    const { floor } = call.record.supervision;
    if (floor && !floor.isAway) call.send({ type: 'supervisor.left', by: floor.by });
  }

  /** By the carrier's SID, or by our own id. */
  find(id: string): Call | null {
    const { host } = this.#options;
    return host.bySid(id) ?? [...host.calls()].find(({ start }) => start.callId === id) ?? null;
  }

  hangUp(call: Call, by: string, { farewell }: { farewell: boolean }): Refusal {
    if (call.isOver) return 'The call is over.';
    this.#audit(call, by, farewell ? 'has the agent say goodbye' : 'hangs up');
    call.send({ type: farewell ? 'call.conclude' : 'call.hangUp', outcome: 'stopped', by });
    return null;
  }

  transfer(call: Call, by: string, number: string | null): Refusal {
    const refusal = this.#notWithUs(call);
    if (refusal) return refusal;
    if (number === null && this.#options.host.transferNumberOf(call) === null)
      return 'The agent has no number to pass callers to: give one as "number", or set TRANSFER_NUMBER.';
    this.#audit(call, by, 'passes the caller on');
    call.send({ type: 'call.transfer', number, by });
    return null;
  }

  whisper(call: Call, by: string, text: string, say: boolean): Refusal {
    const refusal = this.#notWithUs(call);
    if (refusal) return refusal;
    this.#audit(call, by, say ? 'dictates a line' : 'whispers');
    call.send({ type: 'supervisor.whispered', by, text, say });
    return null;
  }

  /** Without a connection to speak over, the caller is given back after a grace period, as when one breaks off. */
  takeOver(call: Call, by: string): Refusal {
    const refusal = this.#notWithUs(call);
    if (refusal) return refusal;
    const { floor } = call.record.supervision;
    if (floor?.by === by && !floor.isAway) return null;
    this.#audit(call, by, 'takes the call over');
    call.send({ type: 'supervisor.tookOver', by });
    if (!this.#isListening(call, by)) call.send({ type: 'supervisor.left', by });
    return null;
  }

  giveBack(call: Call, by: string): Refusal {
    if (!call.record.supervision.floor) return 'Nobody has taken the call over.';
    this.#audit(call, by, 'gives the call back');
    call.send({ type: 'supervisor.gaveBack', by });
    return null;
  }

  /**
   * `send` takes over each frame: a byte for the track, then up to 20 ms of mu-law. After `ended` nothing more is heard: the
   * call is over, or goes on at another node.
   */
  listen(call: Call, by: string, { send, ended }: { send(frame: Buffer): void; ended(): void }): Listening {
    const { callId } = call.start;
    const ear = new ListeningEar({
      clock: this.#options.clock,
      send,
      ended: () => {
        this.#listeners.delete(callId);
        ended();
      },
    });
    const stopListening = call.line.tap(ear);
    this.#listeners.set(callId, [...(this.#listeners.get(callId) ?? []), by]);
    this.#audit(call, by, 'listens in');
    const { floor } = call.record.supervision;
    if (floor?.by === by && floor.isAway) call.send({ type: 'supervisor.returned', by });

    return {
      speak: audio => {
        const { floor } = call.record.supervision;
        if (floor?.by === by && !floor.isAway) call.line.speakInPlace(audio);
      },
      stop: () => {
        stopListening();
        ear.stop();
        this.#leave(call, by);
      },
    };
  }

  #leave(call: Call, by: string): void {
    const { callId } = call.start;
    const listeners = this.#listeners.get(callId);
    // The call is over.
    if (!listeners) return;
    const others = listeners.toSpliced(listeners.indexOf(by), 1);
    if (others.length > 0) this.#listeners.set(callId, others);
    else this.#listeners.delete(callId);

    const { floor } = call.record.supervision;
    if (floor?.by === by && !floor.isAway && !others.includes(by)) call.send({ type: 'supervisor.left', by });
  }

  #isListening({ start }: Call, by: string): boolean {
    return this.#listeners.get(start.callId)?.includes(by) ?? false;
  }

  #notWithUs(call: Call): Refusal {
    if (call.isOver) return 'The call is over.';
    return call.hasTag('live') ? null : 'The caller is being passed to a person.';
  }

  #audit({ start }: Call, by: string, did: string): void {
    this.#options.log.info({ callId: start.callId, callSid: start.callSid, by }, `A supervisor ${did}.`);
  }
}
