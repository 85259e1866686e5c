import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { FRAME_BYTES } from '../../../runtime/media/media-streams.ts';
import { MU_LAW_SILENCE } from '../../../runtime/media/mulaw.ts';
import { WireCaller } from '../../harness/wire-caller.ts';
import { TRANSPORTS, until, WireServer, within } from '../../harness/wire-server.ts';

const KEY = 'a-key-that-opens-the-api-of-tests';
/** Of the scripted voice, and of this supervisor's. */
const VOICE = 0x55;
const OTHER_VOICE = 0x33;

const authorization = `Bearer ${KEY}`;

/** A supervisor's connection to a call. */
class Connection {
  readonly frames: Buffer[] = [];
  readonly socket: WebSocket;
  readonly closed: Promise<number>;

  constructor(server: WireServer, callSid: string, headers: Record<string, string> = { authorization }) {
    const url = `${server.url.replace('http', 'ws')}/api/calls/${callSid}/listen`;
    this.socket = new WebSocket(url, { headers });
    this.socket.on('message', (data: Buffer) => this.frames.push(data));
    this.closed = new Promise(resolve => this.socket.on('close', code => resolve(code)));
  }

  static async open(
    server: WireServer,
    callSid: string,
    headers?: Record<string, string>,
  ): Promise<Connection> {
    const connection = new Connection(server, callSid, headers);
    await within(once(connection.socket, 'open'), () => 'the listener to be let in');
    return connection;
  }

  heard(track: number, code: number): boolean {
    return this.frames.some(frame => frame[0] === track && frame.includes(code, 1));
  }

  async until(isSo: () => boolean, what: string): Promise<void> {
    while (!isSo()) await within(once(this.socket, 'message'), () => what);
  }

  speak(frames: number): void {
    for (let i = 0; i < frames; i++) this.socket.send(Buffer.alloc(FRAME_BYTES, OTHER_VOICE));
  }
}

describe.concurrent.each(TRANSPORTS)('supervisors over %s', transport => {
  let server: WireServer;
  let act: Awaited<ReturnType<typeof start>>['act'];

  beforeAll(async () => {
    // A supervisor who is away has as long as a busy machine may need.
    ({ server, act } = await start({ supervisorGrace: 60_000 }));
  });
  afterAll(() => server.close());

  async function start(delays: Record<string, number>) {
    const started = await WireServer.start({
      transport,
      letterMs: 15,
      env: { API_KEY: KEY, TRANSFER_NUMBER: '+12025550199' },
      delays,
    });
    const act = async (
      callSid: string,
      action: string,
      body: unknown = {},
      headers: Record<string, string> = { authorization },
    ) => {
      const answer = await fetch(`${started.url}/api/calls/${callSid}/${action}`, {
        method: 'POST',
        headers,
        body: JSON.stringify(body),
      });
      return { status: answer.status, ...((await answer.json()) as { error?: string }) };
    };
    return { server: started, act };
  }

  it('hear both sides, take over, are heard, and give back; the record names their session, not their key', async () => {
    const caller = await WireCaller.place(server);
    const { callSid } = caller.phone;
    const connection = await Connection.open(server, callSid);
    await connection.until(() => connection.heard(1, VOICE), 'the agent’s voice');
    const cleared = within(once(caller.line, 'clear'), () => 'the agent to be silenced');
    expect(await act(callSid, 'takeOver')).toMatchObject({ status: 200, did: 'takeOver' });
    await cleared;
    expect(caller.state).toBe('floor.takenOver.attended');

    const { bytesPlayed } = caller.line.counts;
    connection.speak(20);
    await connection.until(() => connection.heard(1, OTHER_VOICE), 'the supervisor’s own voice');
    await caller.say('one zero two four.');
    await connection.until(() => connection.heard(0, 0x02), 'the caller’s voice');
    await until(caller.call, () => caller.call.record.supervision.heard.length > 0, 'the words to be known');
    expect(caller.line.counts.bytesPlayed - bytesPlayed).toBeGreaterThan(0);

    expect(await act(callSid, 'giveBack')).toMatchObject({ status: 200 });
    await caller.listened();
    connection.speak(1);
    expect(await act(callSid, 'hangUp', { farewell: true })).toMatchObject({ status: 200 });
    const { summary } = await caller.ended();
    expect(summary.supervision).toMatchObject({
      acts: [
        { by: 'API', did: 'tookOver' },
        { by: 'API', did: 'gaveBack' },
        { by: 'API', did: 'hungUp' },
      ],
      said: [{ text: 'one zero two four' }],
    });
    expect(summary.turns.map(({ purpose }) => purpose)).toEqual(['greeting', 'givenBack', 'farewell']);
    expect(
      JSON.stringify([...(await server.memory.events(caller.call.start.callId)), summary]),
    ).not.toContain(KEY);
    expect(await within(connection.closed, () => 'the connection to end with the call')).toBe(1000);
  });

  it('give the caller back when their connection breaks off, or they never had one', async ({
    onTestFinished,
  }) => {
    const { server: hasty, act } = await start({ supervisorGrace: 50 });
    onTestFinished(() => hasty.close());
    const caller = await WireCaller.place(hasty);
    const { callSid } = caller.phone;
    await caller.listened();
    const connection = await Connection.open(hasty, callSid);
    await act(callSid, 'takeOver');
    expect(caller.state).toBe('floor.takenOver.attended');
    connection.socket.terminate();
    await caller.listened();
    await act(callSid, 'takeOver');
    await caller.listened();
    await caller.phone.hangUp();
    const { supervision } = await caller.summary();
    expect(supervision?.acts.map(({ did }) => did)).toEqual(['tookOver', 'left', 'tookOver', 'left']);
  });

  it('have the call again when they connect late, or once more', async () => {
    const caller = await WireCaller.place(server);
    const { callSid } = caller.phone;
    await caller.listened();
    await act(callSid, 'takeOver');
    expect(caller.state).toBe('floor.takenOver.away');
    const late = await Connection.open(server, callSid);
    await caller.reaches('floor.takenOver.attended');
    late.socket.close();
    await caller.reaches('floor.takenOver.away');
    await Connection.open(server, callSid);
    await caller.reaches('floor.takenOver.attended');
    await act(callSid, 'giveBack');
    await caller.listened();
    await caller.phone.hangUp();
    const { supervision } = await caller.summary();
    expect(supervision?.acts.map(({ did }) => did)).toEqual([
      ...['tookOver', 'left', 'returned'],
      ...['left', 'returned', 'gaveBack'],
    ]);
  });

  it('are known by their session, which speaks only where it took over, and hear nothing once it is over', async () => {
    const origin = server.url;
    const logIn = async () => {
      const body = JSON.stringify({ key: KEY });
      const answer = await fetch(`${server.url}/api/session`, { method: 'POST', headers: { origin }, body });
      return { origin, cookie: answer.headers.get('set-cookie')?.split(';')[0] ?? '' };
    };
    const [mine, theirs] = [await logIn(), await logIn()];
    const caller = await WireCaller.place(server);
    const { callSid } = caller.phone;
    await caller.listened();
    const [me, other] = [
      await Connection.open(server, callSid, mine),
      await Connection.open(server, callSid, theirs),
    ];
    expect(await act(callSid, 'takeOver', {}, { ...mine, origin: 'https://evil.example' })).toMatchObject({
      status: 401,
    });
    expect(await act(callSid, 'takeOver', {}, mine)).toMatchObject({ status: 200 });
    other.socket.send(Buffer.alloc(FRAME_BYTES, 0x44));
    await until(caller.call, () => caller.state === 'floor.takenOver.attended', 'the take-over');
    me.speak(10);
    await me.until(() => me.heard(1, OTHER_VOICE), 'the voice of the session that took over');
    expect(me.heard(1, 0x44)).toBe(false);

    await fetch(`${server.url}/api/session`, { method: 'DELETE', headers: mine });
    expect(await within(me.closed, () => 'the connection to be closed')).toBe(1008);
    await caller.reaches('floor.takenOver.away');
    await act(callSid, 'hangUp', {}, theirs);
    const { supervision } = (await caller.ended()).summary;
    expect(supervision?.acts.map(({ did }) => did)).toEqual(['tookOver', 'left', 'hungUp']);
    const [first, , last] = (supervision?.acts ?? []).map(({ by }) => by);
    expect([first, last]).toEqual([
      expect.stringMatching(/^session [0-9a-f]{8}$/),
      expect.stringMatching(/^session [0-9a-f]{8}$/),
    ]);
    expect(first).not.toBe(last);
    expect(JSON.stringify(supervision)).not.toContain(mine.cookie.split('=')[1]);
  });

  it('dictate a line, and pass the caller on', async () => {
    const caller = await WireCaller.place(server);
    const { callSid } = caller.phone;
    await caller.listened();
    await act(callSid, 'whisper', { text: 'I will get somebody for you.', say: true });
    await until(caller.call, () => caller.call.record.turns().length === 2, 'the line');
    await caller.listened();
    expect(caller.call.record.turns().at(-1)?.agent.heard).toBe('I will get somebody for you.');
    const dialled = within(once(caller.phone, 'verb'), () => 'the carrier to be told');
    expect(await act(callSid, 'transfer', { number: '+12025550142' })).toMatchObject({ status: 200 });
    await dialled;
    expect(await act(callSid, 'takeOver')).toMatchObject({
      status: 409,
      error: 'The caller is being passed to a person.',
    });
    await caller.phone.hangUp();
    expect((await caller.summary()).supervision?.acts).toMatchObject([
      { did: 'dictated', text: 'I will get somebody for you.' },
      { did: 'transferred', text: '+12025550142' },
    ]);
  });

  it('are not let in without the key, nor from pages of others, nor to calls that are not live', async () => {
    const caller = await WireCaller.place(server);
    const { callSid } = caller.phone;
    const foreign = { authorization, origin: 'https://evil.example' };
    expect(await act(callSid, 'hangUp', {}, {})).toMatchObject({ status: 401 });
    expect(await act(callSid, 'hangUp', {}, foreign)).toMatchObject({ status: 403 });
    expect(await act(`CA${'0'.repeat(32)}`, 'hangUp')).toMatchObject({ status: 404 });
    expect(await act(callSid, 'giveBack')).toMatchObject({
      status: 409,
      error: 'Nobody has taken the call over.',
    });
    for (const [action, body] of [
      ['whisper', {}],
      ['whisper', { text: 'two\nlines' }],
      ['whisper', { text: 'x'.repeat(501) }],
      ['transfer', { number: '911' }],
      ['hangUp', { farewell: 'yes' }],
      ['takeOver', { force: true }],
    ] as const)
      expect(await act(callSid, action, body)).toMatchObject({
        status: 400,
        error: expect.stringMatching(/^Send /),
      });

    for (const [sid, headers, status] of [
      [callSid, {}, 401],
      [callSid, foreign, 403],
      [`CA${'0'.repeat(32)}`, { authorization }, 404],
    ] as const) {
      const { socket } = new Connection(server, sid, headers);
      const [, response] = await within(once(socket, 'unexpected-response'), () => 'the refusal');
      expect(response.statusCode).toBe(status);
      socket.on('error', () => {});
      socket.terminate();
    }

    const chatty = await Connection.open(server, callSid);
    chatty.socket.send('hello');
    expect(await within(chatty.closed, () => 'the connection to be closed')).toBe(1003);
    // Whoever has not taken over is not heard.
    const eavesdropper = await Connection.open(server, callSid);
    eavesdropper.speak(5);
    await caller.listened();
    expect(eavesdropper.heard(1, OTHER_VOICE)).toBe(false);
    expect(eavesdropper.heard(0, MU_LAW_SILENCE)).toBe(true);
    await caller.phone.hangUp();
    expect((await caller.summary()).supervision).toBe(undefined);
  });
});
