import { expect } from 'vitest';
import type { Call } from '../../runtime/call.ts';
import type { CallSummary } from '../../runtime/journal.ts';
import { stateName } from '../../src/call-views.ts';
import type { CarrierLine } from '../../src/caller/carrier-line.ts';
import { type CallEnd, type CallOptions, PhoneCall } from '../../src/caller/phone-call.ts';
import { speak } from './spoken-text.ts';
import { reaches, until, type WireServer, within } from './wire-server.ts';

/** A caller on the telephone, and the call as the server has it. */
export class WireCaller {
  readonly phone: PhoneCall;
  readonly call: Call;
  readonly server: WireServer;
  /** Names of the TwiML verbs, in order. */
  readonly verbs: readonly string[];
  /** What went wrong on the carrier's side without ending the call. */
  readonly warnings: readonly string[];

  private constructor(server: WireServer, phone: PhoneCall, call: Call, verbs: string[], warnings: string[]) {
    this.server = server;
    this.phone = phone;
    this.call = call;
    this.verbs = verbs;
    this.warnings = warnings;
  }

  /** Calls the server; settles when the stream carries the call. */
  static async place(server: WireServer, options: Partial<CallOptions> = {}): Promise<WireCaller> {
    const phone = new PhoneCall(server.url, {
      from: '+12025550123',
      to: '+12025550100',
      hearing: 'bytes',
      ...options,
    });
    const verbs: string[] = [];
    const warnings: string[] = [];
    phone.on('verb', ({ verb }) => verbs.push(verb));
    phone.on('warning', message => warnings.push(message));
    phone.on('attached', line => line.on('protocolError', message => warnings.push(message)));
    await phone.begin();
    return new WireCaller(server, phone, await server.call(phone.callSid), verbs, warnings);
  }

  get line(): CarrierLine {
    if (!this.phone.line) throw new Error('The call has no stream now.');
    return this.phone.line;
  }

  get state(): string {
    return stateName(this.call.state);
  }

  reaches(state: string): Promise<void> {
    return reaches(this.call, state);
  }

  /** The agent has finished, and waits. */
  listened(): Promise<void> {
    return reaches(this.call, 'floor.listening.quiet');
  }

  /** Begins to say `text`; a full stop ends a phrase that the flow expects. Settles when the last frame is sent. */
  say(text: string): Promise<void> {
    return this.phone.say(Buffer.concat(speak(text)));
  }

  key(digits: string): void {
    for (const digit of digits) this.phone.key(digit);
  }

  /** Says `text`, and hears the answer to its end. */
  async converse(text: string): Promise<void> {
    const answered = this.#answered();
    await this.say(text);
    await answered;
  }

  async converseByKeys(digits: string): Promise<void> {
    const answered = this.#answered();
    this.key(digits);
    await answered;
  }

  /** The caller's side is over, and the record is written. */
  async ended(): Promise<{ end: CallEnd; summary: CallSummary }> {
    const end = await within(this.phone.ended(), () => `the end of the call, which is in ${this.state}`);
    return { end, summary: await this.summary() };
  }

  summary(): Promise<CallSummary> {
    return within(
      this.server.memory.finished(this.call.start.callId),
      () => `the record of the call, which is in ${this.state}`,
    );
  }

  /** One more turn of the caller has been answered, or has ended the call. */
  #answered(): Promise<void> {
    const turns = () => this.call.record.turns().filter(turn => turn.caller).length;
    const before = turns();
    const isOver = () => this.state === 'floor.listening.quiet' || this.state === 'ended';
    return until(this.call, () => turns() > before && isOver(), 'an answer');
  }
}

/** A call in which all goes well, to its end: what a server must still be able to do after whatever it was sent. */
export async function goodCall(server: WireServer, options: Partial<CallOptions> = {}): Promise<WireCaller> {
  const caller = await WireCaller.place(server, options);
  await caller.listened();
  await caller.converseByKeys('1024#');
  await caller.converse('no.');
  const { end, summary } = await caller.ended();

  expect(end).toMatchObject({ by: 'agent', error: null, streams: 1 });
  expect(caller.warnings).toEqual([]);
  expect(summary.outcome).toBe('completed');
  expect(summary.turns.flatMap(turn => turn.tools)).toMatchObject([{ result: { found: true } }]);
  return caller;
}
