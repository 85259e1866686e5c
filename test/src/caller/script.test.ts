import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SimulatedClock } from '../../../runtime/clock.ts';
import { encodeMuLaw } from '../../../runtime/media/mulaw.ts';
import { type PhoneCall, placeCall } from '../../../src/caller/phone-call.ts';
import {
  type CallerTurn,
  runScript,
  type ScriptEnd,
  type ScriptOptions,
} from '../../../src/caller/script.ts';
import { type ServerStream, startServer, type TestServer } from './carrier-server.ts';

const TWIML = `<Response><Connect><Stream url="ws://127.0.0.1/media"/></Connect><Redirect>/next</Redirect></Response>`;

let server: TestServer;
let clock: SimulatedClock;
let call: PhoneCall;
let stream: ServerStream;
let taken: [string, number][];

beforeEach(async () => {
  server = await startServer(({ path }) => {
    if (path === '/api/twilio/voice') return TWIML.replace('127.0.0.1', new URL(server.url).host);
    return path === '/next' ? '<Response><Hangup/></Response>' : '';
  });
  clock = new SimulatedClock();
  call = await placeCall(server.url, { from: '+1', to: '+2', clock });
  stream = await server.stream(0);
  taken = [];
});

afterEach(async () => {
  if (!call.end) await call.hangUp();
  await server.close();
});

function voice(ms: number): Uint8Array {
  return encodeMuLaw(Int16Array.from({ length: ms * 8 }, (_, i) => 8_000 * Math.sin(i * 0.3)));
}

function say(label: string, ms = 400): CallerTurn {
  return { cue: { when: 'agentFinished' }, action: { do: 'say', audio: voice(ms), label } };
}

function run(turns: CallerTurn[], options: ScriptOptions = {}): Promise<ScriptEnd> {
  const onTurn = ({ action }: CallerTurn) =>
    taken.push([action.do === 'say' ? action.label : action.do, clock.now()]);
  return runScript(call, turns, { clock, onTurn, ...options });
}

async function agentSays(ms: number): Promise<void> {
  const arrived = once(call.line!, 'frame');
  stream.media(voice(ms));
  await arrived;
}

async function agentIsCleared(): Promise<void> {
  const arrived = once(call.line!, 'clear');
  stream.clear();
  await arrived;
}

describe('a caller with a plan', () => {
  it('waits for the greeting and for each answer, then hangs up', async () => {
    const ending = run([say('one'), say('two')], { patienceMs: 1_000, lingerMs: 3_000 });
    await agentSays(2_000);
    await clock.advance(3_500);
    // The greeting is heard from 20 to 2,020 ms; a second later it is the caller's turn.
    expect(taken).toEqual([['one', 3_020]]);

    await clock.advance(1_500);
    await agentSays(500);
    await clock.advance(2_000);
    // Heard from 5,020 to 5,520.
    expect(taken).toEqual([
      ['one', 3_020],
      ['two', 6_520],
    ]);

    await agentSays(500);
    await clock.advance(1_000);
    expect(call.end).toBeNull();
    await clock.advance(10_000);
    expect(await ending).toMatchObject({
      call: { by: 'caller', error: null },
      turnsTaken: 2,
      unanswered: 0,
      byPlan: true,
      // From the end of "one", at 3,420, to the answer; and the same for "two".
      answersMs: [1_600, 100],
    });
  });

  it('does not take a pause between sentences for the end', async () => {
    const ending = run([say('one')]);
    for (let sentence = 0; sentence < 3; sentence++) {
      await agentSays(1_000);
      await clock.advance(1_900);
    }
    expect(taken).toEqual([]);
    await clock.advance(200);
    expect(taken).toHaveLength(1);
    await call.hangUp();
    await ending;
  });

  it('barges in when told to, and takes the agent’s cut-off words for no answer', async () => {
    const bargeIn: CallerTurn = { ...say('stop'), cue: { when: 'agentSpeaking', forMs: 700 } };
    const ending = run([bargeIn, say('two')]);
    await agentSays(10_000);
    await clock.advance(1_000);
    expect(taken).toEqual([['stop', 720]]);

    await agentIsCleared();
    await clock.advance(5_000);
    expect(taken).toHaveLength(1);

    await agentSays(300);
    await clock.advance(1_400);
    expect(taken.map(([label]) => label)).toEqual(['stop', 'two']);
    await call.hangUp();
    expect(await ending).toMatchObject({ answersMs: [4_900] });
  });

  it('presses keys a quarter of a second apart', async () => {
    const ending = run([{ cue: { when: 'agentFinished' }, action: { do: 'press', keys: '12#' } }]);
    await agentSays(500);
    await clock.advance(2_100);
    await stream.until(() => stream.of('dtmf').length === 3);

    const sequence = stream.of('dtmf').map(m => Number(m.sequenceNumber));
    expect(stream.of('dtmf').map(m => m.dtmf.digit)).toEqual(['1', '2', '#']);
    // 250 ms hold thirteen frames, then twelve, and the key itself counts too.
    expect(sequence.slice(1).map((n, i) => n - sequence[i]!)).toEqual([14, 13]);
    await call.hangUp();
    await ending;
  });

  it('goes on without an answer after a while, but not by plan', async () => {
    const ending = run([say('one')], { impatienceMs: 5_000 });
    await clock.advance(4_999);
    expect(taken).toEqual([]);
    await clock.advance(20_000);
    expect(taken).toEqual([['one', 5_000]]);
    expect(await ending).toMatchObject({
      unanswered: 2,
      turnsTaken: 1,
      byPlan: false,
      call: { by: 'caller' },
    });
  });

  it('is not through when the agent hangs up early', async () => {
    const ending = run([say('one'), say('two')]);
    await agentSays(500);
    await clock.advance(2_000);
    stream.socket.close(1000);
    expect(await ending).toMatchObject({ turnsTaken: 1, byPlan: false, call: { by: 'agent' } });
  });

  it('may leave it to the agent to hang up', async () => {
    const ending = run([say('bye')], { ending: 'wait' });
    await agentSays(500);
    await clock.advance(3_000);
    await agentSays(500);
    await clock.advance(60_000);
    expect(call.end).toBeNull();
    stream.socket.close(1000);
    expect(await ending).toMatchObject({ byPlan: true, call: { by: 'agent' } });
  });

  it('loses the line when told to', async () => {
    const ending = run([{ cue: { when: 'pauseOver', delayMs: 100 }, action: { do: 'dropLine' } }]);
    await clock.advance(200);
    await stream.until(({ closedWith }) => closedWith !== null);
    expect(stream.closedWith).toEqual({ code: 1006 });
    expect(await ending).toMatchObject({ byPlan: true, call: { by: 'agent', streams: 1 } });
  });
});
