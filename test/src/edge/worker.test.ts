import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Turn } from '../../../runtime/journal.ts';
import { SentenceSplitter } from '../../../runtime/media/sentences.ts';
import { toSpeakable } from '../../../src/text/speakable.ts';
import { type CloudNode, type EdgeCaller, EdgeWorld } from './edge-world.ts';
import { agentsVoice } from './voices.ts';

const GREETING = 'What is your order number?';
const READ_BACK = 'Is that right?';
const FOUND = 'Is there anything else?';
const CUT_OFF = 'Sorry, we were cut off.';

let world: EdgeWorld;

beforeAll(async () => {
  world = await EdgeWorld.start();
}, 120_000);
afterEach(() => world.hangUpAll());
afterAll(() => world?.close());

/** The agent's turns as the emulated voice says them, one after the other. */
function voiceOf(turns: readonly Turn[]): Buffer {
  const sentences = turns.flatMap(({ agent }) => {
    const splitter = new SentenceSplitter();
    return [...splitter.push(`${agent.generated} `), ...splitter.flush()];
  });
  return Buffer.concat(sentences.map(sentence => Buffer.from(agentsVoice(toSpeakable(sentence, 'en-US')))));
}

/** Which of the nodes works on the call. */
async function nodeOf(caller: EdgeCaller): Promise<CloudNode> {
  const cloud = (await caller.seen())?.cloud;
  const node = world.clouds.find(({ cable }) => cable.url === cloud);
  if (!node) throw new Error(`No node has the call, but ${cloud}.`);
  return node;
}

async function askForOrder(caller: EdgeCaller): Promise<void> {
  await caller.hears(GREETING);
  await caller.say('one zero two four');
  await caller.hears(READ_BACK);
}

/** A busy machine may take longer than the caller would be kept waiting for: then the call stays, and is offered again. */
async function handOver(caller: EdgeCaller): Promise<void> {
  const offer = async () => (await world.ask(`/edge/calls/${caller.callSid}/hand-off`, {})).body;
  await expect.poll(offer, { timeout: 10_000 }).toEqual({ isTaken: true });
}

describe('a Worker in workerd', () => {
  it('answers a whole call by itself, and has its record kept in the cloud', async () => {
    const caller = await world.place();
    await askForOrder(caller);
    expect(await caller.seen()).toMatchObject({ stage: 'here', cloud: null });
    expect((await world.ask('/health')).body).toMatchObject({ status: 'ok', place: 'local', calls: 1 });
    await caller.say('yes');
    await caller.hears(FOUND);
    const { summary, entries } = await caller.hangUp();

    expect(summary).toMatchObject({ node: 'edge-local', outcome: 'hungUp', facts: { orderNumber: '1024' } });
    expect(summary.turns.flatMap(({ tools }) => tools)).toMatchObject([{ result: { found: true } }]);
    expect(summary.turns.map(turn => turn.caller?.text).filter(Boolean)).toEqual([
      'one zero two four',
      'yes',
    ]);
    expect(summary.placement?.map(({ text }) => text).slice(0, 3)).toEqual([
      expect.stringContaining('fresh from the cloud'),
      expect.stringContaining('at the edge'),
      expect.stringContaining('us-east-1'),
    ]);
    expect(entries.map(({ seq }) => seq)).toEqual(entries.map((_, i) => i + 1));
    expect(caller.played.equals(voiceOf(summary.turns))).toBe(true);
    await expect.poll(async () => (await world.ask('/health')).body?.calls).toBe(0);
  });

  // On a busy machine the sentence may be over first: it takes a quarter of a second.
  it('hands a call to a cloud node in the middle of a sentence, and not a byte of it is lost or comes twice', {
    retry: 3,
  }, async () => {
    const caller = await world.place();
    await expect.poll(() => caller.played.length, { interval: 10 }).toBeGreaterThan(0);
    expect((await world.ask(`/edge/calls/${caller.callSid}/hand-off`, {})).body).toEqual({ isTaken: true });
    expect(caller.played.length).toBeLessThan(agentsVoice(GREETING).length);
    await caller.hears(GREETING);
    const { name } = await nodeOf(caller);
    caller.keys('1024#');
    await caller.hears(FOUND);
    const { summary } = await caller.hangUp();

    expect(summary).toMatchObject({
      node: 'edge-local',
      moves: [{ node: name, from: 'edge-local', reason: 'handOff' }],
      facts: { orderNumber: '1024' },
    });
    expect(caller.played.equals(voiceOf(summary.turns))).toBe(true);
    expect(caller.phone.end).toMatchObject({ streams: 1 });
  });

  it('brings a call to the next node when its node cannot be reached any more', async () => {
    const caller = await world.place();
    await handOver(caller);
    await askForOrder(caller);
    const first = await nodeOf(caller);
    first.cable.cut();
    await caller.hears(CUT_OFF);
    const second = await nodeOf(caller);
    await caller.hears(READ_BACK);
    await caller.say('yes');
    await caller.hears(FOUND);
    const { summary } = await caller.hangUp();
    first.cable.mend();

    expect(summary.moves).toMatchObject([
      { node: first.name, reason: 'handOff' },
      { node: second.name, from: first.name, reason: 'nodeDied' },
    ]);
    expect(summary.turns.flatMap(({ tools }) => tools)).toMatchObject([{ result: { found: true } }]);
    await expect
      .poll(() => world.clouds.map(({ server }) => server.host.size), { timeout: 10_000 })
      .toEqual([0, 0]);
    expect(caller.phone.end).toMatchObject({ streams: 1 });
  });

  it('goes on with a call after its object was restarted, when the carrier comes back', async () => {
    const caller = await world.place();
    await askForOrder(caller);
    await world.edge.restart();
    await caller.hears(CUT_OFF);
    await caller.hears(READ_BACK);
    caller.keys('1024#');
    await caller.hears(FOUND);
    const { summary } = await caller.hangUp();

    expect(summary).toMatchObject({ facts: { orderNumber: '1024' }, outcome: 'hungUp' });
    expect(summary.turns.map(turn => turn.caller?.text).filter(Boolean)).toEqual([
      'one zero two four',
      '1024',
    ]);
    expect(caller.phone.end).toMatchObject({ streams: 2 });
  });

  it('keeps the record of a call until a cloud node takes it', async () => {
    const caller = await world.place();
    await caller.hears(GREETING);
    for (const { cable } of world.clouds) cable.cut();
    await caller.phone.hangUp();
    await expect.poll(async () => (await caller.seen())?.stage).toBe('over');
    expect((await world.storage.store.find(caller.callSid))?.status).toBeUndefined();
    for (const { cable } of world.clouds) cable.mend();
    // The object's alarm brings it.
    const { summary } = await caller.record();

    expect(summary).toMatchObject({ outcome: 'hungUp', turns: [{ purpose: 'greeting' }] });
    expect(JSON.stringify(summary.placement)).toContain('of the cache');
  });
});
