import { describe, expect, it } from 'vitest';
import { SimulatedClock } from '../../../runtime/clock.ts';
import type { AgentConfig } from '../../../src/edge/agent-config.ts';
import { EdgeAgents } from '../../../src/edge/agents.ts';
import { kvResponseStore } from '../../../src/edge/kv-responses.ts';

const NUMBER = '+12025550100';

function agent(name: string): AgentConfig {
  return {
    name,
    language: 'en-US',
    voice: 'thalia',
    transferNumber: null,
    flow: { 'order-status': 1 },
    versions: { 'order-status': 'abc' },
    stt: 'deepgram',
    tts: 'deepgram',
    llm: [],
    residency: null,
    agentType: 'customerService',
    industry: 'general',
    companyName: 'Acme',
    company: null,
    redact: false,
  };
}

/** KV as Cloudflare's: what is over its time is gone. */
class TimedKv {
  readonly #clock: SimulatedClock;
  readonly #kept = new Map<string, { text: string; untilMs: number }>();
  isDown = false;

  constructor(clock: SimulatedClock) {
    this.#clock = clock;
  }

  async get(key: string, type?: string): Promise<unknown> {
    if (this.isDown) throw new Error('KV is down');
    const kept = this.#kept.get(key);
    if (!kept || kept.untilMs <= this.#clock.wallTime()) return null;
    return type === 'json' ? JSON.parse(kept.text) : kept.text;
  }

  async put(key: string, text: string, { expirationTtl }: { expirationTtl: number }): Promise<void> {
    if (this.isDown) throw new Error('KV is down');
    if (expirationTtl < 60) throw new Error('Invalid expiration_ttl: KV keeps nothing for less than 60 s.');
    this.#kept.set(key, { text, untilMs: this.#clock.wallTime() + expirationTtl * 1_000 });
  }
}

function world() {
  const clock = new SimulatedClock();
  const kv = new TimedKv(clock);
  const cloud = { answer: agent('from the cloud') as unknown, isUp: true, asked: 0 };
  const agents = new EdgeAgents({
    cache: kv as never,
    clock,
    ask: async () => {
      cloud.asked++;
      if (!cloud.isUp) throw new Error('no route to host');
      return cloud.answer;
    },
    bundled: agent('bundled'),
  });
  return { clock, kv, cloud, agents };
}

describe('who answers a number at the edge', () => {
  it('is asked of the cloud, believed for five minutes, and then asked again', async () => {
    const { clock, cloud, agents } = world();
    expect(await agents.find(NUMBER)).toMatchObject({
      agent: { name: 'from the cloud' },
      text: expect.stringContaining('fresh from the cloud'),
    });
    cloud.answer = agent('another');
    clock.advanceSync(299_000);
    expect(await agents.find(NUMBER)).toMatchObject({
      agent: { name: 'from the cloud' },
      text: expect.stringContaining('of the cache, 299 s old'),
    });
    clock.advanceSync(2_000);
    expect(await agents.find(NUMBER)).toMatchObject({ agent: { name: 'another' } });
    expect(cloud.asked).toBe(2);
  });

  it('is as the cloud said last while it cannot be asked, however long ago that was', async () => {
    const { clock, cloud, agents } = world();
    await agents.find(NUMBER);
    cloud.isUp = false;
    clock.advanceSync(3 * 3_600_000);
    expect(await agents.find(NUMBER)).toMatchObject({
      agent: { name: 'from the cloud' },
      text: "The agent's settings are 180 min old, because the cloud could not be asked.",
    });
  });

  it.each([
    ['cannot be reached', { isUp: false }, 'the cloud could not be asked'],
    ['answers nonsense', { answer: { name: 7 } }, "the cloud's answer could not be read"],
  ])('is who came with the Worker where the cloud never spoke and %s', async (_, fault, why) => {
    const { cloud, agents } = world();
    Object.assign(cloud, fault);
    expect(await agents.find(NUMBER)).toMatchObject({
      agent: { name: 'bundled' },
      text: `The agent's settings are those that came with the edge, because ${why}.`,
    });
  });

  it('is found without KV, too', async () => {
    const { kv, agents } = world();
    kv.isDown = true;
    expect(await agents.find(NUMBER)).toMatchObject({ agent: { name: 'from the cloud' } });
  });
});

describe('model replies in KV', () => {
  it('are found by all who ask the same, for as long as they hold', async () => {
    const clock = new SimulatedClock();
    const store = kvResponseStore(new TimedKv(clock) as never);
    await store.set('company/flow/question', 'We are open from nine to six.', 300_000);
    await store.set('company/flow/other', 'Soon over.', 5_000);

    expect(await store.get('company/flow/question')).toBe('We are open from nine to six.');
    expect(await store.get('company/flow/unknown')).toBeNull();
    clock.advanceSync(301_000);
    expect(await store.get('company/flow/question')).toBeNull();
  });
});
