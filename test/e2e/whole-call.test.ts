import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../runtime/clock.ts';
import { BYTES_PER_MS } from '../../runtime/media/media-streams.ts';
import { postCallJobs } from '../../src/jobs/post-call-jobs.ts';
import { openStorage, type Storage } from '../../src/storage/open.ts';
import { layEmptyRecords } from '../harness/empty-records.ts';
import { quietLog } from '../harness/sim-call.ts';
import { WireCaller } from '../harness/wire-caller.ts';
import { TRANSPORTS, until, WireServer, within } from '../harness/wire-server.ts';
import { watchJobs } from '../src/storage/watched-jobs.ts';

const LETTER_MS = 8;

let folder: string;
let storage: Storage;
const jobs = watchJobs(postCallJobs);

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'aybiza-e2e-'));
  await layEmptyRecords(folder);
  storage = await openStorage({
    dataDir: folder,
    node: 'wire',
    clock: systemClock,
    log: quietLog,
    jobs: jobs.jobs,
  });
});

afterAll(async () => {
  await storage?.close();
  await rm(folder, { recursive: true, force: true });
});

describe.concurrent.each(TRANSPORTS)('a whole call over %s', transport => {
  let server: WireServer;

  beforeAll(async () => {
    server = await WireServer.start({ transport, store: storage.store, letterMs: LETTER_MS });
  });
  afterAll(() => server.close());

  /** The call as the API shows it once all its work is done. */
  async function recorded(caller: WireCaller) {
    const end = await within(caller.phone.ended(), () => `the end of the call in ${caller.state}`);
    await within(jobs.succeeded(caller.call.start.callId), () => 'the job after the call');
    const { body } = await server.getJson(`/api/calls/${caller.phone.callSid}`);
    return { end, body };
  }

  it('goes from the webhook through greeting, question, tool and goodbye to the record', async () => {
    const fields = { EdgeRegion: 'fra1', LatencyTarget: '80', QualityMode: 'balanced' };
    const caller = await WireCaller.place(server, { fields });
    const { callSid } = caller.phone;
    const { callId } = caller.call.start;
    await caller.listened();
    await caller.converse('one zero two four.');

    expect(await server.getJson(`/api/calls/${callSid}`)).toMatchObject({
      status: 200,
      body: {
        callId,
        live: true,
        state: 'floor.listening.quiet',
        outcome: null,
        from: '+12025550123',
        parameters: { ...fields, edge_region: 'fra1', latency_target: '80', quality_mode: 'balanced' },
        turns: [
          {
            purpose: 'greeting',
            agent: { heard: expect.stringMatching(/^Thanks for calling Acme\..*number\?$/) },
          },
          { caller: { text: 'one zero two four', by: 'voice' }, agent: { interrupted: false } },
        ],
        facts: { orderNumber: '1024' },
        report: null,
      },
    });
    expect((await server.getJson('/api/calls')).body.calls).toContainEqual(
      expect.objectContaining({ callId, live: true, state: 'floor.listening.quiet' }),
    );
    expect((await server.getJson('/healthz')).body).toMatchObject({ status: 'ok', transport });

    await caller.converse('yes.');
    await caller.converse('no.');
    const { end, body } = await recorded(caller);
    expect(end).toMatchObject({ by: 'agent', error: null, streams: 1 });
    expect(caller.verbs).toEqual(['connect', 'redirect', 'hangup']);
    expect(caller.warnings).toEqual([]);
    expect(body).toMatchObject({
      callId,
      live: false,
      state: 'ended',
      outcome: 'completed',
      unanswered: [],
      parameters: { edge_region: 'fra1' },
      report: { turns: 4, interruptions: 0, toolCalls: { succeeded: 1, failed: 0 } },
    });
    expect(body.turns.map((turn: { choices: string[] }) => turn.choices)).toEqual([
      [],
      ['caller.saysNumber'],
      ['caller.confirmsNumber'],
      ['caller.needsNothingElse'],
    ]);
    for (const { agent } of body.turns) expect(agent.heard).toBe(agent.generated);
    expect(jobs.runsOf(callId)).toEqual([true]);
    const { calls } = (await server.getJson('/api/calls')).body;
    expect(calls.filter((call: { callId: string }) => call.callId === callId)).toHaveLength(1);
  });

  it('keeps every event in order, to be read page by page', async () => {
    const caller = await WireCaller.place(server);
    await caller.listened();
    await caller.phone.hangUp();
    await recorded(caller);

    const at = `/api/calls/${caller.phone.callSid}/events`;
    const { events } = (await server.getJson(at)).body;
    expect(events.map((entry: { seq: number }) => entry.seq)).toEqual(
      events.map((_: unknown, index: number) => index + 1),
    );
    expect(events.flatMap((entry: { event?: { type: string } }) => entry.event?.type ?? [])).toEqual([
      'reply.began',
      'voice.began',
      'voice.finished',
      'caller.hungUp',
      'line.closed',
    ]);
    const paged = [];
    for (let after = 0, next: number | null = 0; next !== null; after = next ?? 0) {
      const { body } = await server.getJson(`${at}?limit=3&after=${after}`);
      paged.push(...body.events);
      next = body.next;
    }
    expect(paged).toEqual(events);
  });

  it('falls silent at once when the caller cuts in, and knows what was heard', async () => {
    const caller = await WireCaller.place(server);
    const { call, line } = caller;
    const wire: string[] = [];
    let playedBytes = 0;
    const newVoice = () =>
      call.record.turns().some(({ turn, stages }) => turn > 1 && stages.firstFrameMs !== null);
    line.on('clear', () => {
      wire.push('clear');
      playedBytes = line.counts.bytesPlayed;
    });
    line.on('frame', () => wire.at(-1) === 'clear' && wire.push(newVoice() ? 'next turn' : 'stale audio'));

    await until(call, () => line.counts.bytesPlayed > 0, 'the greeting to be heard');
    await caller.converse('what are your opening hours.');
    await caller.phone.hangUp();
    const { body } = await recorded(caller);

    expect(wire).toEqual(['clear', 'next turn']);
    const [greeting, answer] = body.turns;
    expect(greeting.agent.interrupted).toBe(true);
    expect(greeting.agent.generated.startsWith(greeting.agent.heard)).toBe(true);
    expect(greeting.agent.heard.length).toBeLessThan(greeting.agent.generated.length);
    expect(greeting.agent.heard).not.toBe('');
    expect(greeting.agent.heard.length * LETTER_MS * BYTES_PER_MS).toBeLessThanOrEqual(playedBytes);
    expect(answer).toMatchObject({
      caller: { text: 'what are your opening hours' },
      choices: ['caller.asksOpeningHours'],
      agent: { interrupted: false },
    });
    expect(body.report.interruptions).toBe(1);
  });

  it('records callers whose name and number a database cannot hold as they are', async () => {
    const from = 'sip:"\u0000\ud800📞\u202e"@example.com';
    const caller = await WireCaller.place(server, { from, fields: { CallerName: from } });
    await caller.phone.hangUp();
    const { body } = await recorded(caller);
    expect(body).toMatchObject({ outcome: 'hungUp', live: false });
    expect(body.from).toMatch(/^sip:".*📞.*"@example\.com$/u);
    expect(body.parameters.CallerName).toBe(body.from);
  });
});
