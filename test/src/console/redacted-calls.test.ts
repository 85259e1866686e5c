import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { orderStatus } from '../../../machines/flows/order-status.ts';
import { oneFlow } from '../../../src/flows/library.ts';
import { WireCaller } from '../../harness/wire-caller.ts';
import { TRANSPORTS, WireServer } from '../../harness/wire-server.ts';
import { ConsolePage } from './console-page.ts';

const CALLER = '+12025550123';

describe.each(TRANSPORTS)('where transcripts are redacted, over %s', transport => {
  let server: WireServer;

  beforeAll(async () => {
    server = await WireServer.start({
      transport,
      env: { REDACT_TRANSCRIPTS: 'on' },
      agents: providers => {
        const flows = oneFlow({ name: 'order-status', machine: orderStatus as never, version: 'test' });
        const common = { flows, providers, voice: 'slt', language: 'en-US', transferNumber: null };
        const discreet = { ...common, name: 'discreet' };
        const open = { ...common, name: 'open', redact: false };
        return { all: [discreet, open], agentFor: number => (number.endsWith('9') ? open : discreet) };
      },
    });
  });
  afterAll(() => server.close());

  /** A whole call with a number in it, and everything that people can get to see of it, during and after. */
  async function shown(to: string) {
    const page = await ConsolePage.open(server.url);
    page.ask({ type: 'watchCalls', watch: 1 });
    const caller = await WireCaller.place(server, { from: CALLER, to, fields: { FromCity: 'Zanesville' } });
    const { callSid } = caller.phone;
    page.ask({ type: 'watchCall', watch: 2, callSid });
    await caller.listened();
    await caller.converseByKeys('1024#');
    const paths = ['', '/events', '/steps'].map(path => `/api/calls/${callSid}${path}`);
    const look = () => Promise.all(['/api/calls', ...paths].map(path => server.getJson(path)));
    const during = await look();
    await caller.converse('no.');
    const { summary } = await caller.ended();
    await page.told('callEnded');
    const after = await look();
    await page.close();
    expect(JSON.stringify(summary)).toContain('1024');
    expect(JSON.stringify(await server.memory.events(caller.call.start.callId))).toContain('1024');
    for (const { status } of [...during, ...after]) expect(status).toBe(200);
    return { callSid, page, texts: [page.messages, during, after].map(told => JSON.stringify(told)) };
  }

  it('nothing that people see has the caller’s numbers or place, and the record keeps them', async () => {
    const { page, texts } = await shown('+12025550100');
    for (const text of texts) {
      expect(text).not.toContain(CALLER);
      expect(text).not.toContain('Zanesville');
      expect(text).not.toMatch(/"1024"|order 1024|1 0 2 4|one zero two four/);
      expect(text).not.toMatch(/"digit":"\d"/);
      expect(text).toContain('[digits]');
      expect(text).toContain('+12025550100');
    }
    expect(page.of('call')[0]?.call.redacted).toBe(true);
    expect(page.of('callEnded')[0]?.summary.facts).toMatchObject({ orderNumber: '[digits]' });
  });

  it('an agent may be shown as it is', async () => {
    const { texts } = await shown('+12025550109');
    for (const text of texts) expect(text).toContain('1024');
  });
});
