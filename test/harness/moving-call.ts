import { randomUUID } from 'node:crypto';
import { orderStatus } from '../../machines/flows/order-status.ts';
import type { Call } from '../../runtime/call.ts';
import { CallHost } from '../../runtime/call-host.ts';
import { systemClock as clock } from '../../runtime/clock.ts';
import type { LogEntry } from '../../runtime/journal.ts';
import { stateName } from '../../src/call-views.ts';
import { openNavigator } from '../../src/providers/embedded/navigator/navigator.ts';
import { SimulatedCaller } from '../../src/rehearsal/caller.ts';
import { SimulatedCarrier } from '../../src/rehearsal/carrier.ts';
import { MemoryJournal } from '../../src/rehearsal/memory-journal.ts';
import { callStart, quietLog } from '../../src/rehearsal/simulated-call.ts';
import { openTools } from '../../src/tools/index.ts';
import type { MemoryStore } from './memory-store.ts';
import { scriptedRecognition, scriptedSynthesis, scriptedVoiceActivity } from './scripted-providers.ts';
import { speak } from './spoken-text.ts';
import { reaches, until, type WireServer } from './wire-server.ts';

const BYTES_PER_MS = 8;

/** A call that begins at an edge, and is moved to servers that share their records. Its caller is on the line all the time. */
export class MovingCall {
  call: Call;
  readonly #edge: CallHost;
  readonly #store: MemoryStore;
  #carrier = new SimulatedCarrier(clock);
  readonly #caller = new SimulatedCaller(clock, this.#carrier);
  #streams = 0;

  /** `letterMs`: how long the agent takes to say a letter at the edge. */
  constructor(store: MemoryStore, { letterMs = 15 } = {}) {
    this.#store = store;
    const synthesis = scriptedSynthesis(clock);
    synthesis.bytesPerLetter = letterMs * BYTES_PER_MS;
    this.#edge = new CallHost({
      ...{ clock, log: quietLog, journal: new MemoryJournal() },
      ...{ placement: 'edge', node: 'edge-iad', keepsLogs: true },
      ...{ flow: () => orderStatus, voice: 'text', transferNumber: null },
      providers: {
        voiceActivity: scriptedVoiceActivity(),
        recognition: scriptedRecognition(clock),
        synthesis,
        model: openNavigator({ clock, firstWordDelayMs: 0, wordDelayMs: 0 }),
        tools: [...openTools({ clock, toolDelayMs: 20 }).values()],
      },
    });
    const start = callStart({
      ...{ callId: randomUUID(), callSid: `CA${randomUUID().replaceAll('-', '')}`, node: 'edge-iad' },
      ...{ agent: 'default', flowVersion: 'test', startedAt: clock.wallTime() },
    });
    this.call = this.#edge.begin(start, this.#carrier, 'MZ0');
    this.#carrier.connect(this.call);
    this.decide('hybrid', 'The call begins at the edge and goes to the cloud when it grows, because it may.');
  }

  get callSid(): string {
    return this.call.start.callSid;
  }

  /** As the edge writes down what it has decided. */
  decide(decision: string, text: string): void {
    this.call.log.note({ type: 'placement.decided', decision, text });
  }

  reaches(state: string): Promise<void> {
    return reaches(this.call, state);
  }

  listened(): Promise<void> {
    return this.reaches('floor.listening.quiet');
  }

  async keys(digits: string): Promise<void> {
    const before = this.call.record.turns().length;
    this.#caller.press(digits);
    await until(
      this.call,
      () =>
        this.call.record.turns().length > before && stateName(this.call.state).startsWith('floor.replying'),
      'an answer',
    );
  }

  say(text: string): void {
    this.#caller.say(speak(text));
  }

  async converse(text: string): Promise<void> {
    const before = this.call.record.turns().length;
    this.say(text);
    const isAnswered = () => this.call.record.turns().length > before;
    await until(
      this.call,
      () => isAnswered() && stateName(this.call.state) === 'floor.listening.quiet',
      'an answer',
    );
  }

  /** From the edge, where the call is now, to a server, at the next moment at which that can be done. */
  async handOff(to: WireServer): Promise<void> {
    this.decide('handOff', 'The call is handed to the cloud, because it has grown.');
    this.call.send({ type: 'placement.handOff' });
    const { callId } = this.call.start;
    if (!(await this.#edge.whenMovable(callId, 10_000))) throw new Error('The call could not be handed off.');
    const { frozen, entries } = this.#edge.release(callId);
    this.#goesOn(to.running.host.prepare(frozen, entries).go({ socket: this.#carrier, streamSid: 'MZ0' }));
  }

  /** Lets the call go, from the server where it is now; `goOn` has another take it up with what is on record. */
  async drain(from: WireServer): Promise<{ goOn(to: WireServer): Promise<void> }> {
    const { host } = from.running;
    const { callId } = this.call.start;
    if (!(await host.whenMovable(callId, 10_000))) throw new Error('The call could not be let go.');
    const { frozen, entries } = host.release(callId);
    await this.#store.append(callId, entries);
    return {
      goOn: async to => {
        const arrival = { isKnown: true, reason: 'drain' } as const;
        const prepared = to.running.host.prepare(frozen, await this.#log(), arrival);
        this.#goesOn(prepared.go({ socket: this.#carrier, streamSid: frozen.line?.streamSid ?? 'MZ0' }));
      },
    };
  }

  /** The server where the call is now is taken for dead: another picks it up by its log, and the carrier comes back to it. */
  async die(from: WireServer, to: WireServer): Promise<void> {
    const { start } = this.call;
    const call = to.running.host.restore(null, await this.#log(), start);
    from.running.host.abandon(start.callId);
    this.#carrier = new SimulatedCarrier(clock);
    this.#caller.carrier = this.#carrier;
    this.#goesOn(call);
    call.resume(this.#carrier, `MZ${++this.#streams}`);
  }

  hangUp(): void {
    this.#caller.stop();
    this.#carrier.hangUp();
  }

  async #log(): Promise<LogEntry[]> {
    return structuredClone(await this.#store.events(this.call.start.callId));
  }

  #goesOn(call: Call): void {
    this.call = call;
    this.#carrier.connect(call);
  }
}
