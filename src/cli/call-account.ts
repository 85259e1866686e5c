import type { Clock } from '../../runtime/clock.ts';
import { BYTES_PER_MS } from '../../runtime/media/media-streams.ts';
import type { PhoneCall } from '../caller/phone-call.ts';
import type { CallerTurn, ScriptEnd } from '../caller/script.ts';
import type { Verb } from '../caller/twiml.ts';

type Who = 'call' | 'line' | 'agent' | 'caller' | 'server';

const ENDED_BY: Record<ScriptEnd['call']['by'], string> = {
  agent: 'the agent hung up',
  caller: 'the caller hung up',
  transfer: 'the caller was passed on',
  failure: 'the call failed',
};

/** Tells what happens on a call, line by line, with the time since it began. */
export class CallAccount {
  protocolErrors = 0;
  readonly #print: (line: string) => void;
  readonly #clock: Clock;
  readonly #startedMs: number;
  #agentSinceMs: number | null = null;
  #clears = 0;

  constructor(print: (line: string) => void, clock: Clock) {
    this.#print = print;
    this.#clock = clock;
    this.#startedMs = clock.now();
  }

  tell(who: Who, what: string, atMs = this.#clock.now()): void {
    const seconds = ((atMs - this.#startedMs) / 1000).toFixed(2).padStart(7);
    this.#print(`${seconds} s  ${who.padEnd(6)}  ${what}`);
  }

  follow(call: PhoneCall): void {
    this.tell('call', call.callSid);
    call.on('verb', verb => this.#verb(verb));
    call.on('warning', message => this.tell('server', message));
    call.on('detached', (_, { by, code }) => {
      this.tell('line', by === 'dropped' ? 'lost' : `closed by the ${by} (${code})`);
    });
    call.on('attached', line => {
      this.tell('line', `stream ${line.identity.streamSid} is open`);
      line.on('clear', (atMs, discardedBytes) => {
        this.#clears++;
        this.tell('agent', `is cut off (${discardedBytes / BYTES_PER_MS} ms were still to be played)`, atMs);
      });
      line.on('discarded', sizeBytes =>
        this.tell('server', `sent ${sizeBytes} bytes beyond the ten minutes that Twilio keeps (31931)`),
      );
      line.on('protocolError', message => {
        this.protocolErrors++;
        this.tell('server', `broke the protocol (31924): ${message}`);
      });
    });
    call.on('agentStarted', atMs => {
      this.#agentSinceMs = atMs;
      this.tell('agent', 'speaks', atMs);
    });
    call.on('agentStopped', atMs => {
      const spokeS = ((atMs - (this.#agentSinceMs ?? atMs)) / 1000).toFixed(1);
      this.tell('agent', `is silent after ${spokeS} s`, atMs);
    });
  }

  turn({ cue, action }: CallerTurn): void {
    const how = cue.when === 'agentSpeaking' ? 'barges in: ' : '';
    if (action.do === 'say') this.tell('caller', `${how}“${action.label}”`);
    if (action.do === 'press') this.tell('caller', `${how}presses ${action.keys}`);
    if (action.do === 'dropLine') this.tell('caller', 'loses the line');
    if (action.do === 'hangUp') this.tell('caller', 'hangs up');
  }

  summary(
    { call, turnsTaken, answersMs, unanswered }: ScriptEnd,
    turns: number,
    stopped: string | null,
  ): void {
    const why = stopped === 'timeout' ? ' (time was up)' : stopped === 'interrupted' ? ' (interrupted)' : '';
    const seconds = (call.durationMs / 1000).toFixed(1);
    this.tell('call', `is over: ${ENDED_BY[call.by]}${why}`);
    this.#print('');
    this.#print(`${seconds} s, ${turnsTaken} of ${turns} turns, ${counted(call.streams, 'stream')}.`);
    if (call.error) this.#print(call.error.message);
    if (call.dialled.length > 0) this.#print(`Passed on to ${call.dialled.join(', ')}.`);
    if (this.#clears > 0) this.#print(`The agent was cut off ${counted(this.#clears, 'time')}.`);
    if (unanswered > 0) this.#print(`The caller waited in vain ${counted(unanswered, 'time')}.`);
    if (answersMs.length > 0) {
      const times = answersMs.map(ms => `${Math.round(ms)} ms`).join(', ');
      this.#print(`From the caller’s last voice or key to the agent’s first voice: ${times}.`);
    }
  }

  #verb(verb: Verb): void {
    if (verb.verb === 'say') this.tell('server', `has the carrier say “${verb.text}”`);
    if (verb.verb === 'dial') this.tell('server', `dials ${verb.targets.join(', ')}`);
    if (verb.verb === 'redirect') this.tell('server', 'is asked what comes next');
    if (verb.verb === 'reject') this.tell('server', 'rejects the call');
  }
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
