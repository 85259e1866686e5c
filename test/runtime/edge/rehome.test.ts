import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BYTES_PER_MS } from '../../../runtime/media/media-streams.ts';
import { conversation, heardOn } from './conversation.ts';
import { SimEdge } from './sim-edge.ts';

/** A frame of 20 ms. */
const SILENCE = Buffer.alloc(160, 0xff);

/** The call is in the cloud, and the agent listens. */
async function inCloud(clouds = 2): Promise<SimEdge> {
  const edge = new SimEdge({ clouds });
  await edge.begin();
  await edge.pass(1_000);
  expect(await settled(edge, edge.call.handOff())).toBe(true);
  await edge.listens();
  return edge;
}

async function settled<T>(edge: SimEdge, promise: Promise<T>): Promise<T> {
  let isDone = false;
  void promise.finally(() => {
    isDone = true;
  });
  await edge.until(() => isDone, 'what was asked for');
  return promise;
}

function said(edge: SimEdge): string[] {
  return edge.brain?.record.turns().map(({ agent }) => agent.generated) ?? [];
}

describe('a relay whose node is gone', () => {
  it('is brought to the next node, which says that the caller was cut off and knows all that was said', async () => {
    const edge = await inCloud();
    await edge.converse('one zero two four.');
    edge.clouds[0]?.die();
    await edge.until(() => edge.call.cloud === 'https://cloud-2', 'another node');
    await edge.listens();
    await edge.converse('yes.');

    expect(said(edge)).toContainEqual(expect.stringContaining('Sorry, we were cut off.'));
    const turns = edge.brain?.record.turns().filter(({ caller }) => caller) ?? [];
    expect(turns.map(({ caller }) => caller?.text)).toEqual(['one zero two four', 'yes']);
    expect(turns.at(-1)?.tools).toMatchObject([{ result: { found: true } }]);
    expect(edge.clouds[1]?.journal.entries.at(-1)?.seq).toBeGreaterThan(20);
    expect(edge.carrier.isOpen).toBe(true);
  });

  it('loses nothing that was said at the edge, even if its node dies before it has written it down', async () => {
    const edge = new SimEdge({ clouds: 2 });
    const [first] = edge.clouds;
    if (!first) throw new Error('There is no cloud.');
    first.journal.failures = Number.POSITIVE_INFINITY;
    await edge.begin();
    await edge.listens();
    edge.say('one zero two four.');
    await edge.until(() => edge.state === 'floor.replying.speaking', 'the agent to speak');
    expect(await settled(edge, edge.call.handOff())).toBe(true);
    await edge.pass(500);
    expect(edge.state).toBe('floor.replying.speaking');
    first.die();
    await edge.until(() => edge.call.cloud === 'https://cloud-2', 'another node');
    await edge.listens();
    await edge.converse('yes.');

    expect(
      edge.brain?.record
        .turns()
        .map(({ caller }) => caller?.text)
        .filter(Boolean),
    ).toEqual(['one zero two four', 'yes']);
  });

  it('is brought to the next node within four seconds when its machine vanishes without a word', async () => {
    const edge = await inCloud();
    const [first] = edge.clouds;
    if (!first) throw new Error('There is no cloud.');
    first.vanish();
    const sinceMs = edge.clock.now();
    await edge.until(() => edge.call.cloud === 'https://cloud-2', 'another node');
    expect(edge.clock.now() - sinceMs).toBeLessThan(5_000);
    await edge.listens();
    expect(said(edge)).toContainEqual(expect.stringContaining('Sorry, we were cut off.'));
  });

  it('stays where it is as long as its node answers, however quiet both sides are', async () => {
    const edge = await inCloud();
    await edge.pass(6_000);
    expect(edge.call.cloud).toBe('https://cloud-1');
    expect(edge.clouds[0]?.received.filter(text => text.includes('aybiza.ping')).length).toBeGreaterThan(1);
  });

  it('brings the keys along that were pressed meanwhile, and not the voice', async () => {
    const edge = await inCloud();
    for (const cloud of edge.clouds) cloud.latencyMs = 40;
    edge.clouds[0]?.die();
    await edge.pass(60);
    for (const key of '1024#') edge.carrier.key(key);
    edge.say('hello there.');
    await edge.until(() => edge.call.cloud === 'https://cloud-2', 'another node');
    await edge.pass(50);
    const brought = edge.clouds[1]?.received.filter(text => !text.includes('aybiza.')) ?? [];

    expect(brought.slice(0, 5).map(text => JSON.parse(text).dtmf?.digit)).toEqual([...'1024#']);
  });

  it('tells the caller when no node goes on with the call, within the time that a lost line has', async () => {
    const edge = await inCloud();
    for (const cloud of edge.clouds) cloud.die();
    await edge.until(() => !edge.carrier.isOpen, 'the end', 15_000);

    expect(edge.call.afterStream()).toEqual({ next: 'apologise', language: 'en-US' });
    expect(edge.call.stage).toBe('over');
  });

  it('began anew with what its edge had known, when the second node that had taken the call died before it said a word', async () => {
    const edge = await inCloud();
    await edge.converse('one zero two four.');
    edge.clouds[0]?.die();
    await edge.until(() => edge.call.cloud === 'https://cloud-2', 'another node');
    edge.clouds[1]?.die();
    await edge.pass(20_000);
    expect(edge.call.stage).toBe('over');
    expect(edge.call.edge).toBeNull();
    expect(edge.call.afterStream()).toMatchObject({ next: 'apologise' });
  });

  it('goes on with the same node when only the carrier’s stream was lost', async () => {
    const edge = await inCloud();
    await edge.converse('one zero two four.');
    edge.carrier.close();
    await edge.pass(500);
    expect(edge.state).toBe('floor.onHold');
    expect(await settled(edge, edge.comeBack())).toBe('reconnect');
    await edge.listens();

    expect(edge.call.cloud).toBe('https://cloud-1');
    expect(edge.clouds[1]?.host.size).toBe(0);
    expect(said(edge).at(-1)).toContain('Sorry, we were cut off.');
    await edge.converse('yes.');
    expect(edge.brain?.record.turns().at(-1)?.tools).toMatchObject([{ result: { found: true } }]);
  });

  it('is told by the node what becomes of the caller when the call is over, or passed on to a person', async () => {
    const ended = await inCloud();
    ended.brain?.send({ type: 'call.conclude', outcome: 'stopped' });
    await ended.until(() => !ended.carrier.isOpen, 'the end');
    expect(ended.call.afterStream()).toEqual({ next: 'hangUp' });

    const passed = await inCloud();
    passed.brain?.send({ type: 'call.transfer', number: '+12025550144' });
    await passed.until(() => !passed.carrier.isOpen, 'the transfer');
    expect(passed.call.afterStream()).toEqual({ next: 'dial', number: '+12025550144' });
    expect(await passed.call.dialed('no-answer')).toBe(false);
    expect(passed.told).toEqual([{ dialed: 'no-answer' }]);
    expect(passed.call.afterStream()).toEqual({ next: 'reconnect' });
  });
});

describe('a call that has ended in the cloud', () => {
  it('is told as its edge knew it when its node dies with all that it has not written down, once nobody else has it', async () => {
    const edge = new SimEdge();
    await edge.begin();
    await edge.listens();
    await edge.converse('one zero two four.');
    expect(await settled(edge, edge.call.handOff())).toBe(true);
    await edge.pass(500);
    edge.brain?.send({ type: 'call.conclude', outcome: 'stopped' });
    await edge.until(() => !edge.carrier.isOpen, 'the end');
    edge.clouds[0]?.die();

    edge.isLiveInCloud = true;
    await edge.evict();
    await edge.pass(60_000);
    await edge.alarm();
    expect(edge.archived).toEqual([]);
    edge.isLiveInCloud = false;
    await edge.pass(60_000);
    await edge.alarm();

    const [archived] = edge.archived;
    expect(archived?.summary).toMatchObject({
      callId: edge.plan.start.callId,
      outcome: 'interrupted',
      turns: [{}, { caller: { text: 'one zero two four' } }],
    });
    expect(archived?.entries.map(({ seq }) => seq)).toEqual(archived?.entries.map((_, i) => i + 1));
    expect(archived?.entries.length).toBeGreaterThan(10);
    await edge.pass(2_000);
    await edge.alarm();
    expect(await edge.storage.load()).toBeNull();
  });

  it('owes nothing to the records when it never was at its edge', async () => {
    const edge = new SimEdge({ plan: { strategy: 'cloud-only' } });
    await settled(edge, edge.begin());
    await edge.listens();
    edge.brain?.send({ type: 'call.conclude', outcome: 'stopped' });
    await edge.until(() => !edge.carrier.isOpen, 'the end');
    for (let times = 0; times < 2; times++) {
      await edge.pass(60_000);
      await edge.alarm();
    }
    expect(edge.archived).toEqual([]);
    expect(await edge.storage.load()).toBeNull();
  });
});

describe('a node that drains', () => {
  it('lets its call go on elsewhere, heard to the byte as if it had stayed', async () => {
    const atOnce = { atMs: 100, act: (edge: SimEdge) => void edge.call.handOff() };
    const stayed = await conversation({ clouds: 2, ...atOnce });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 500, max: 5_000 }), async step => {
        const moved = await conversation({ clouds: 2, ...atOnce }, edge => {
          edge.clock.setTimeout(() => void edge.drain(), 5 * step);
        });
        expect(moved.edge.call.cloud).toBe('https://cloud-2');
        const { heard, turns } = heardOn(moved.edge);
        expect(heard).toEqual(stayed.heard);
        expect(turns).toEqual(stayed.turns);
        expect(moved.gapsMs).toEqual([]);
      }),
      { numRuns: 8, examples: [[700], [1_100], [2_000]] },
    );
  });

  it('leaves to the next node what came too late for it', async () => {
    const edge = await inCloud();
    for (const cloud of edge.clouds) cloud.latencyMs = 40;
    const draining = settled(edge, edge.drain());
    // Some of these are on their way when the call is let go.
    for (const [at, key] of [...'123456789'].entries())
      edge.clock.setTimeout(() => edge.carrier.key(key), 12 * at);
    await draining;
    await edge.until(() => edge.brain?.record.lastUtterance === 1, 'the keys to be heard');

    expect(edge.call.cloud).toBe('https://cloud-2');
    expect(edge.brain?.record.utterance(1)?.text).toBe('123456789');
  });

  it('loses no word of the caller’s, however long it writes down the call that it has let go', async () => {
    const edge = await inCloud();
    const writingMs = 10_000;
    const draining = settled(edge, edge.drain(writingMs));
    await edge.until(() => edge.clouds[0]?.host.size === 0, 'the call to be let go');
    for (const [at, key] of [...'123456789'].entries())
      edge.clock.setTimeout(() => edge.carrier.key(key), 1_000 * at);
    // The caller’s silence is sent as well, 50 frames a second.
    for (let ms = 0; ms < writingMs; ms += 20) edge.clock.setTimeout(() => edge.carrier.hear(SILENCE), ms);
    await draining;
    await edge.until(() => edge.brain?.record.lastUtterance === 1, 'the keys to be heard');

    expect(edge.call.cloud).toBe('https://cloud-2');
    expect(edge.brain?.record.utterance(1)?.text).toBe('123456789');
  });

  it.each([200, 700, 1_200])(
    'leaves none of the agent’s voice unsaid that it sent into a relay which nothing passed any more (%i ms)',
    async intoTheReplyMs => {
      const answered = async (cut: (edge: SimEdge) => Promise<void>) => {
        const edge = await inCloud();
        edge.say('one zero two four.');
        await edge.until(() => edge.state === 'floor.replying.speaking', 'the answer');
        await edge.pass(intoTheReplyMs);
        await cut(edge);
        await edge.listens();
        return edge;
      };
      const whole = await answered(async () => {});
      const edge = await answered(async cutEdge => {
        const [first] = cutEdge.clouds;
        if (first) first.isMute = true;
        await cutEdge.pass(300);
        void cutEdge.drain();
        await cutEdge.until(() => cutEdge.call.cloud === 'https://cloud-2', 'another node');
      });

      const [said = ''] = whole.carrier.audio;
      const [before = '', after = ''] = edge.carrier.audio;
      expect(edge.carrier.clears).toBe(1);
      expect(said.startsWith(before)).toBe(true);
      expect(said.endsWith(after)).toBe(true);
      const repeatedBytes = (before.length + after.length - said.length) / 2;
      expect(repeatedBytes).toBeGreaterThanOrEqual(0);
      // What the carrier had not acknowledged: its lead, and what was on its way.
      expect(repeatedBytes / BYTES_PER_MS).toBeLessThan(600);
      expect(heardOn(edge).turns).toEqual(heardOn(whole).turns);
    },
  );

  it('lets nothing be said twice when the next node takes the call later than its edge waited for it', async () => {
    const answered = async (act: (edge: SimEdge) => void) => {
      const edge = await inCloud();
      edge.say('one zero two four.');
      await edge.until(() => edge.state === 'floor.replying.speaking', 'the answer');
      await edge.pass(700);
      act(edge);
      await edge.pass(5_000);
      await edge.listens();
      return edge;
    };
    const whole = await answered(() => {});
    const late = await answered(edge => {
      const [first] = edge.clouds;
      if (first) first.isOpen = false;
      edge.claimMs = 3_100;
      void edge.drain();
    });

    expect(late.call.cloud).toBe('https://cloud-2');
    expect(late.clouds[1]?.received.filter(text => text.includes('rehome'))).toHaveLength(2);
    expect(late.carrier.audio).toEqual(whole.carrier.audio);
  });
});
