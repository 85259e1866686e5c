import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callMachine } from '../../../machines/call.ts';
import { orderStatus } from '../../../machines/flows/order-status.ts';
import type { LogEntry } from '../../../runtime/journal.ts';
import type { CallRow } from '../../../src/console/protocol.ts';
import { readChart, statesOf } from '../../../src/draw/chart-model.ts';
import { goodCall, WireCaller } from '../../harness/wire-caller.ts';
import { TRANSPORTS, WireServer } from '../../harness/wire-server.ts';
import { ConsolePage } from './console-page.ts';

/** The list as a page keeps it. */
function listOf(page: ConsolePage): Map<string, CallRow> {
  const list = new Map<string, CallRow>();
  for (const message of page.messages) {
    if (message.type === 'calls') for (const row of message.all) list.set(row.callSid, row);
    if (message.type !== 'callsChanged') continue;
    for (const row of message.changed) list.set(row.callSid, row);
    for (const callSid of message.gone) list.delete(callSid);
  }
  return list;
}

describe.concurrent.each(TRANSPORTS)('live calls over %s', transport => {
  let server: WireServer;

  beforeAll(async () => {
    server = await WireServer.start({ transport });
  });
  afterAll(async () => {
    await server.close();
    expect(server.complaints.filter(line => !line.includes('TWILIO_AUTH_TOKEN'))).toEqual([]);
  });

  it('are listed from their beginning to their end', async () => {
    const page = await ConsolePage.open(server.url);
    expect(await page.told('hello')).toMatchObject({ readOnly: false });
    page.ask({ type: 'watchCalls', watch: 1 });
    await page.told('calls');
    const caller = await WireCaller.place(server);
    const { callSid } = caller.phone;
    const isOurs = ({ changed }: { changed: readonly CallRow[] }) =>
      changed.some(row => row.callSid === callSid && row.state === 'floor.listening.quiet');
    await page.told('callsChanged', isOurs);
    expect(listOf(page).get(callSid)).toMatchObject({
      from: '+12025550123',
      agent: 'default',
      flow: 'order-status',
      flowState: 'takingNumber.greeting',
      speaking: 'nobody',
      turns: 1,
      recognition: 'embedded',
      model: null,
      costUsd: null,
      warnings: 0,
    });

    const late = await ConsolePage.open(server.url);
    late.ask({ type: 'watchCalls', watch: 7 });
    expect((await late.told('calls')).all.map(row => row.callSid)).toContain(callSid);
    await caller.converseByKeys('1024#');
    await page.told('callsChanged', ({ changed }) =>
      changed.some(row => row.callSid === callSid && row.turns > 1 && row.responseMs !== null),
    );
    await caller.phone.hangUp();
    for (const each of [page, late]) await each.told('callsChanged', ({ gone }) => gone.includes(callSid));
    expect(listOf(page).has(callSid)).toBe(false);
    await Promise.all([page.close(), late.close()]);
  });

  it('are followed step by step from the middle on, as the recorded call is told later', async () => {
    const caller = await WireCaller.place(server);
    await caller.listened();
    const page = await ConsolePage.open(server.url);
    page.ask({ type: 'watchCall', watch: 3, callSid: caller.phone.callSid });
    const { call } = await page.told('call');
    expect(call).toMatchObject({ status: 'live', chart: 'followed', redacted: false, hasAudio: false });

    await caller.converseByKeys('1024#');
    await caller.converse('no.');
    const { summary } = await caller.ended();
    const ended = await page.told('callEnded');
    expect(ended.summary).toEqual(JSON.parse(JSON.stringify(summary)));

    const { entries, steps } = page.whole(3);
    expect(entries.map(({ seq }) => seq)).toEqual(entries.map((_, index) => index + 1));
    expect(steps.map(({ seq }) => seq)).toEqual([
      0,
      ...entries.filter(({ kind }) => kind !== 'note').map(({ seq }) => seq),
    ]);
    const drawn = readChart(callMachine);
    const drawnFlow = readChart(orderStatus as never);
    const states = new Set([...statesOf(drawn.root), ...statesOf(drawnFlow.root)].map(({ id }) => id));
    const transitions = new Set([...drawn.transitions, ...drawnFlow.transitions].map(({ id }) => id));
    for (const { flow, ...step } of steps) {
      for (const id of [...step.states, ...(flow?.states ?? [])]) expect(states).toContain(id);
      for (const id of [...step.transitions, ...(flow?.transitions ?? [])]) expect(transitions).toContain(id);
    }
    expect(steps[0]?.timers.map(({ name }) => name)).toContain('longestCall');
    expect(steps.at(-1)?.states).toEqual(['call.ended']);
    const chosen = steps.find(({ event }) => event === 'reply.chose');
    expect(chosen?.flow?.transitions).toHaveLength(1);
    expect(chosen?.flow?.facts).toMatchObject({ orderNumber: '1024' });
    const waiting = steps.find(step => step.states.includes('call.live.floor.listening.quiet'));
    const silence = waiting?.timers.find(({ name }) => name === 'silence');
    expect(silence?.dueMs).toBeCloseTo((waiting?.atMs ?? 0) + 8_000, 3);

    const { body } = await server.getJson(`/api/calls/${caller.phone.callSid}/steps`);
    expect(body.steps).toEqual(steps);
    expect(body.call).toMatchObject({ status: 'ended', summary: { outcome: 'completed' } });
    const again = await ConsolePage.open(server.url);
    again.ask({ type: 'watchCall', watch: 0, callSid: caller.call.start.callId });
    await again.told('callEnded');
    expect(again.whole(0).steps).toEqual(steps);
    await Promise.all([page.close(), again.close()]);
  });

  it('that nobody knows, and requests that make no sense, are refused with a sentence', async () => {
    const page = await ConsolePage.open(server.url);
    page.ask({ type: 'watchCall', watch: 1, callSid: `CA${'0'.repeat(32)}` });
    expect(await page.told('refused')).toMatchObject({ watch: 1, reason: 'There is no such call.' });
    for (let watch = 2; watch < 35; watch++) page.ask({ type: 'watchCalls', watch });
    await page.told('refused', ({ reason }) => reason.startsWith('32 watches'));
    page.ask({ type: 'watchCalls', watch: 2 });
    await page.told('refused', ({ reason }) => reason.startsWith('The watch 2 is there'));
    page.ask({ type: 'unwatch', watch: 2 });
    page.ask({ type: 'watchCalls', watch: 40 });
    await page.told('calls', ({ watch }) => watch === 40);
    for (let times = 0; times < 10; times++) page.socket.send('{"type":"watchAll"}');
    expect((await page.closed).code).toBe(1008);
    expect(page.of('refused').filter(({ watch }) => watch === null)).toHaveLength(10);
  });

  it('of an hour come in pieces', async () => {
    const caller = await goodCall(server);
    const { callId } = caller.call.start;
    const before = await server.memory.events(callId);
    const from = before.length;
    const more: LogEntry[] = Array.from({ length: 2_000 }, (_, index) => ({
      seq: from + index + 1,
      atMs: 60_000 + index,
      kind: 'note',
      note: { type: 'warning', text: `${index}` },
    }));
    await server.memory.append(callId, more);
    const page = await ConsolePage.open(server.url);
    page.ask({ type: 'watchCall', watch: 1, callSid: callId });
    await page.told('callEnded');
    const { pieces, entries } = page.whole(1);
    expect(entries).toHaveLength(from + 2_000);
    expect(Math.max(...pieces.map(piece => piece.entries.length))).toBe(200);
    const toCome = pieces.map(piece => piece.toCome);
    expect(toCome).toEqual(toCome.toSorted((a, b) => b - a));
    expect(toCome.at(-1)).toBe(0);
    await page.close();
  });
});
