import { createInspector, createWebSocketReceiver, type StatelyInspectionEvent } from '@statelyai/inspect';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { callMachine } from '../../../machines/call.ts';
import { orderStatus } from '../../../machines/flows/order-status.ts';
import { Canaries } from '../../harness/canaries.ts';
import { WireCaller } from '../../harness/wire-caller.ts';
import { TRANSPORTS, WireServer, within } from '../../harness/wire-server.ts';
import { InspectorModel } from './inspector-model.ts';

// biome-ignore lint/suspicious/noExplicitAny: frames are looked at as a page would.
type Any = any;

/** What Stately's own receiver makes of our stream. */
function receive(server: WireServer, query: string) {
  const frames: StatelyInspectionEvent[] = [];
  const waiting = new Set<() => void>();
  const receiver = createWebSocketReceiver({
    server: `${server.url.replace('http', 'ws')}/api/inspect${query}`,
  });
  const model = new InspectorModel();
  receiver.subscribe(frame => {
    frames.push(frame);
    model.take(frame);
    for (const look of waiting) look();
  });
  return {
    frames,
    model,
    /** Settles when the frames are as asked. */
    until(isSo: () => boolean, what: string) {
      const met = new Promise<void>(resolve => {
        waiting.add(() => isSo() && resolve());
        if (isSo()) resolve();
      });
      return within(met, () => `${what}; got ${frames.map(frame => frame.type).join(' ')}`);
    },
  };
}

/** How the server answers when somebody wants to look. */
async function knock(server: WireServer, query: string, headers: Record<string, string> = {}) {
  const socket = new WebSocket(`${server.url.replace('http', 'ws')}/api/inspect${query}`, { headers });
  onTestFinished(() => socket.terminate());
  return await new Promise<{ status: number; error: string | null }>((resolve, reject) => {
    socket.on('open', () => resolve({ status: 101, error: null }));
    socket.on('error', reject);
    socket.on('unexpected-response', async (_, response) => {
      let body = '';
      for await (const chunk of response) body += chunk;
      resolve({ status: response.statusCode as number, error: JSON.parse(body).error });
    });
  });
}

describe.concurrent.each(TRANSPORTS)('the inspection of calls over %s', transport => {
  let server: WireServer;
  beforeAll(async () => {
    server = await WireServer.start({ transport });
  });
  afterAll(() => server.close());

  it('shows a late viewer every actor with its chart and its present state, and then each step to the end', async () => {
    const caller = await WireCaller.place(server);
    await caller.listened();
    const view = receive(server, `?call=${caller.phone.callSid}`);
    await view.until(() => view.model.named('inspection') !== undefined, 'the tree');

    const [root, ...others] = view.frames;
    expect(root).toMatchObject({ type: '@xstate.actor', name: 'call', _version: '0.7.2' });
    const chart = JSON.parse((root as Any).definition);
    const { thinking } = (callMachine.config as Any).states.live.states.floor.states.replying.states;
    expect(chart.states.live.states.floor.states.replying.states.thinking.on).toEqual(
      JSON.parse(JSON.stringify(thinking.on)),
    );
    expect((root as Any).snapshot.value.live.floor).toEqual({ listening: 'quiet' });
    const flow = others.find(frame => (frame as Any).name === 'flow') as Any;
    expect(flow).toMatchObject({ parentId: root!.sessionId, rootId: root!.sessionId });
    expect(JSON.parse(flow.definition).id).toBe(orderStatus.id);

    await caller.converseByKeys('1024#');
    await caller.converse('no.');
    await caller.ended();
    await view.until(() => view.model.named('call')?.status === 'done', 'the end');
    expect(view.model.problems).toEqual([]);
    expect(view.model.values('call')).toContainEqual(expect.objectContaining({ live: expect.anything() }));
    expect(
      view.frames.filter(frame => frame.type === '@xstate.event').map((frame: Any) => frame.event.type),
    ).toEqual(
      expect.arrayContaining([
        'caller.keyed',
        'caller.finished',
        'reply.chose',
        'tools.finished',
        'voice.finished',
      ]),
    );
  });

  it('hides what was said, keyed, found out and fetched, unless asked to show it', async () => {
    const caller = await WireCaller.place(server);
    await caller.listened();
    const hidden = receive(server, `?call=${caller.phone.callSid}`);
    const shown = receive(server, `?call=${caller.phone.callSid}&redact=off`);
    for (const view of [hidden, shown]) await view.until(() => view.frames.length > 2, 'the tree');
    await caller.converse('my number is one zero two four.');
    await caller.converseByKeys('1024#');
    await caller.converse('no.');
    await caller.ended();
    for (const view of [hidden, shown])
      await view.until(() => view.model.named('call')?.status === 'done', 'the end');

    const texts = [hidden, shown].map(({ frames }) =>
      JSON.stringify(
        frames.map(frame => ({ ...frame, definition: undefined, createdAt: undefined, rootId: undefined })),
      ),
    ) as [string, string];
    expect(texts[0]).not.toMatch(/1024|one zero two four|"digit":"\d"|shipped|on its way/);
    expect(texts[1]).toMatch(/1024/);
    expect(texts[1]).toMatch(/one zero two four/);
    expect(hidden.frames.map(frame => frame.type)).toEqual(shown.frames.map(frame => frame.type));
  });

  it('turns away calls that are not live, questions it does not know and pages from elsewhere', async () => {
    expect(await knock(server, '?call=CA0')).toEqual({
      status: 404,
      error: 'No call CA0 is live here. One that has ended is at /calls/CA0.',
    });
    expect(await knock(server, '?sample=2')).toMatchObject({ status: 400, error: /^Ask for call=/ });
    expect(await knock(server, '', { origin: 'https://evil.example' })).toMatchObject({ status: 403 });
    expect(await knock(server, '', { origin: server.url })).toEqual({ status: 101, error: null });
  });

  it('asks for the key where there is one, and takes a session for its own pages alone', async () => {
    const API_KEY = new Canaries().plant('key');
    const keyed = await WireServer.start({ transport, env: { API_KEY } });
    onTestFinished(() => keyed.close());
    const login = await fetch(`${keyed.url}/api/session`, {
      method: 'POST',
      body: JSON.stringify({ key: API_KEY }),
    });
    const cookie = (login.headers.get('set-cookie') as string).split(';')[0] as string;

    expect(await knock(keyed, '')).toMatchObject({ status: 401 });
    expect(await knock(keyed, '', { authorization: `Bearer ${API_KEY}` })).toMatchObject({ status: 101 });
    expect(await knock(keyed, '', { cookie, origin: keyed.url })).toMatchObject({ status: 101 });
    expect(await knock(keyed, '', { cookie, origin: 'https://evil.example' })).toMatchObject({ status: 403 });
  });

  it('follows calls as they come and go when asked for all', async () => {
    const own = await WireServer.start({ transport });
    onTestFinished(() => own.close());
    const first = await WireCaller.place(own);
    const view = receive(own, '');
    const calls = () =>
      view.frames.filter((frame: Any) => frame.type === '@xstate.actor' && frame.name === 'call');
    await view.until(() => calls().length === 1, 'the first call');
    const second = await WireCaller.place(own);
    await view.until(() => calls().length === 2, 'the second call');
    await first.phone.hangUp();
    await view.until(() => view.model.root(calls()[0]!.sessionId)?.status === 'done', 'the end of the first');
    expect(view.model.root(calls()[1]!.sessionId)?.status).toBe('active');
    expect(second.call.isOver).toBe(false);
    await second.phone.hangUp();
  });

  it('gives away no secret, although a provider quotes one', async () => {
    const canaries = new Canaries();
    const API_KEY = canaries.plant('key');
    const keyed = await WireServer.start({ transport, env: { API_KEY } });
    onTestFinished(() => keyed.close());
    const caller = await WireCaller.place(keyed, {});
    await caller.listened();
    const socket = new WebSocket(
      `${keyed.url.replace('http', 'ws')}/api/inspect?redact=off&call=${caller.phone.callSid}`,
      { headers: { authorization: `Bearer ${API_KEY}` } },
    );
    const texts: string[] = [];
    const quoted = new Promise<void>(resolve =>
      socket.on('message', data => {
        texts.push(String(data));
        if (String(data).includes('401 for')) resolve();
      }),
    );
    await within(new Promise(resolve => socket.once('message', resolve)), () => 'a frame');
    caller.call.send({ type: 'hearing.failed', error: `401 for key ${API_KEY}` });
    await within(quoted, () => 'the error');

    expect(canaries.foundIn(texts.join('\n'))).toEqual([]);
    expect(texts.join('\n')).toContain('401 for key [secret]');
    await caller.phone.hangUp();
  });
});

describe('a frame', () => {
  it('is what @statelyai/inspect itself would send, for every event of a call', async () => {
    const server = await WireServer.start({ transport: 'ws' });
    onTestFinished(() => server.close());
    const theirs: Any[] = [];
    const inspector = createInspector({ send: frame => theirs.push(JSON.parse(JSON.stringify(frame))) });
    const caller = await WireCaller.place(server);
    const view = receive(server, `?call=${caller.phone.callSid}&redact=off&maxEventsPerSecond=2000`);
    await view.until(() => view.model.named('inspection') !== undefined, 'the tree');
    const before = view.frames.length;
    caller.call.inspect(event => inspector.inspect.next?.(event));
    await caller.listened();
    await caller.converseByKeys('1024#');
    await caller.converse('no.');
    await caller.ended();
    await view.until(() => view.model.named('call')?.status === 'done', 'the end');

    const ours = view.frames.slice(before).filter(frame => frame.sessionId !== 'inspection');
    const missing = theirs.map(comparable).filter(each => !ours.map(comparable).includes(each));
    expect(theirs.length).toBeGreaterThan(50);
    expect(missing).toEqual([]);
  });
});

/** Their snapshots of new actors are of a moment later; times differ. */
function comparable(frame: Any): string {
  const { createdAt: _, snapshot, ...rest } = frame;
  const sorted = (value: unknown): unknown =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(
          Object.entries(value)
            .filter(([, each]) => each !== undefined)
            .sort(([one], [other]) => (one < other ? -1 : 1))
            .map(([key, each]) => [key, sorted(each)]),
        )
      : Array.isArray(value)
        ? value.map(sorted)
        : value;
  return JSON.stringify(sorted(frame.type === '@xstate.actor' ? rest : { ...rest, snapshot }));
}
