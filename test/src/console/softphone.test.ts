import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { CONNECTED, startMessage } from '../../../src/caller/stream-messages.ts';
import type { SoftphoneAnswer, SoftphoneChoices } from '../../../src/console/protocol.ts';
import { defaultFlowFolder } from '../../../src/flows/folder.ts';
import { FlowLibrary } from '../../../src/flows/library.ts';
import { reaches, TRANSPORTS, WireServer, within } from '../../harness/wire-server.ts';

const API_KEY = 'a-key-of-a-test-0123456789';

async function post(server: WireServer, path: string, body: object) {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${API_KEY}` };
  const response = await fetch(server.url + path, { method: 'POST', headers, body: JSON.stringify(body) });
  // biome-ignore lint/suspicious/noExplicitAny: tests look at answers as they come.
  return { status: response.status, body: (await response.json()) as any };
}

/** Does what a browser does with the answer. */
async function connect({
  url,
  accountSid,
  callSid,
  streamSid,
  parameters,
}: SoftphoneAnswer): Promise<WebSocket> {
  const socket = new WebSocket(url, { headers: { authorization: `Bearer ${API_KEY}` } });
  await once(socket, 'open');
  socket.send(CONNECTED);
  socket.send(startMessage(1, { accountSid, callSid, streamSid }, { ...parameters }));
  socket.on('message', data => {
    const message = JSON.parse(data.toString());
    if (message.event === 'mark') socket.send(JSON.stringify({ ...message, streamSid }));
  });
  return socket;
}

describe.concurrent.each(TRANSPORTS)('a softphone over %s', transport => {
  let server: WireServer;
  let library: FlowLibrary;

  beforeAll(async () => {
    library = await FlowLibrary.open(defaultFlowFolder(), ['order-status']);
    server = await WireServer.start({
      transport,
      env: {
        API_KEY,
        TWILIO_AUTH_TOKEN: '0123456789abcdef',
        PUBLIC_URL: 'https://calls.example.com',
        MAX_CALLS: '3',
      },
      console: { library },
      agents: providers => {
        const flows = library.serve(() => ({ 'order-status': 1 }));
        const agent = {
          name: 'help',
          flows,
          providers,
          voice: 'slt',
          language: 'en-US',
          transferNumber: '+15551234567',
        };
        return { all: [agent], agentFor: () => agent };
      },
    });
  });
  afterAll(() => server.close());

  const local = (answer: SoftphoneAnswer): SoftphoneAnswer => ({
    ...answer,
    url: answer.url.replace('wss://calls.example.com', server.url.replace('http', 'ws')),
  });

  it('calls an agent with the flow and language that it asks for, served or not, and types to it', async () => {
    const choices = (await server.getJson('/api/softphone', { authorization: `Bearer ${API_KEY}` }))
      .body as SoftphoneChoices;
    expect(choices.agents).toEqual([{ name: 'help', flow: 'order-status', language: 'en-US' }]);
    const other = choices.flows.find(({ isServed, languages }) => !isServed && languages.includes('es'));
    expect(other).toBeDefined();

    const { status, body } = await post(server, '/api/softphone', { flow: other?.name, language: 'es-MX' });
    expect(status).toBe(200);
    expect(body.url).toBe('wss://calls.example.com/api/softphone/media');
    const socket = await connect(local(body));
    const call = await server.call(body.callSid);
    expect(call.start).toMatchObject({
      agent: 'help',
      flow: other?.name,
      language: 'es-MX',
      from: 'client:softphone',
    });
    expect(call.start.flowVersion).toBe((await library.find(other?.name ?? ''))?.version);
    await reaches(call, 'floor.listening.quiet');
    socket.send(JSON.stringify({ event: 'aybiza.text', text: 'hola', streamSid: body.streamSid }));
    await within(
      new Promise<void>(resolve => {
        call.log.listen(entry => {
          if (entry.kind === 'event' && entry.event.type === 'caller.finished') resolve();
        });
      }),
      () => 'typed words',
    );
    const again = await connect(local(body));
    expect((await once(again, 'close'))[0]).toBe(1008);

    socket.send(JSON.stringify({ event: 'stop', streamSid: body.streamSid }));
    socket.close();
    await server.memory.finished(call.start.callId);
    expect((await post(server, '/api/softphone/resume', { callSid: body.callSid })).body).toEqual({
      next: 'hangUp',
    });
  });

  it('comes back to its call when its stream was lost, and is told whom it was passed to', async () => {
    const { body } = await post(server, '/api/softphone', {});
    const first = await connect(local(body));
    const call = await server.call(body.callSid);
    await reaches(call, 'floor.listening.quiet');
    first.terminate();
    await reaches(call, 'floor.onHold');
    const { body: next } = await post(server, '/api/softphone/resume', { callSid: body.callSid });
    expect(next.next).toBe('connect');
    const second = await connect(local(next.stream));
    await reaches(call, 'floor.listening.quiet');

    call.transferTo = '+15551234567';
    const passed = await post(server, '/api/softphone/resume', { callSid: body.callSid });
    expect(passed.body).toEqual({ next: 'dial', number: '+15551234567' });
    const back = await post(server, '/api/softphone/resume', {
      callSid: body.callSid,
      dialStatus: 'no-answer',
    });
    expect(back.body.next).toBe('connect');
    second.close();
    call.send({ type: 'caller.hungUp' });
    await server.memory.finished(call.start.callId);
  });

  it('that asks for what there is not is told what there is', async () => {
    const asked: [object, number, RegExp][] = [
      [{ flow: 'nowhere' }, 404, /there are: .*order-status/],
      [{ flow: '../flows/order-status.ts' }, 404, /no such flow/],
      [{ agent: 'nobody' }, 404, /there are: help/],
      [{ language: 'english!' }, 400, /BCP-47/],
      [{ flow: 7 }, 400, /names/],
    ];
    for (const [body, status, error] of asked) {
      const answer = await post(server, '/api/softphone', body);
      expect([answer.status, answer.body.error]).toEqual([status, expect.stringMatching(error)]);
    }
    expect((await post(server, '/api/softphone/resume', { callSid: 'CA1' })).status).toBe(400);
    const stranger = { callSid: `CA${'0'.repeat(32)}` };
    expect((await post(server, '/api/softphone/resume', stranger)).status).toBe(404);
  });
});
