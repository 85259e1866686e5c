import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../../src/config.ts';
import { think } from '../../../src/emulators/brain.ts';
import { type Emulators, startAllEmulators } from '../../../src/emulators/start-all.ts';

describe('all emulators at once', () => {
  let emulators: Emulators;
  beforeAll(async () => {
    emulators = await startAllEmulators({ firstTokenMs: 0, tokenMs: 0, firstAudioMs: 0 });
  });
  afterAll(() => emulators.close());

  it('print settings that the product accepts for every provider', () => {
    const LLM_PROVIDER = 'bedrock,openrouter,azure-openai,openai-compatible';
    const config = loadConfig({
      ...emulators.env,
      STT_PROVIDER: 'deepgram',
      TTS_PROVIDER: 'deepgram',
      LLM_PROVIDER,
    });
    expect(config.deepgram.url).toBe(emulators.all[0]?.url);
    expect(config.llmProviders).toHaveLength(4);
  });

  it('listen on loopback alone', () => {
    for (const { url } of emulators.all) expect(new URL(url).hostname).toBe('127.0.0.1');
  });
});

describe('the emulated wits', () => {
  const tools = [
    { name: 'confirmsNumber', description: 'The number that was read back is right.', required: [] },
    { name: 'asksOpeningHours', description: 'The caller asks when Acme is open.', required: [] },
    { name: 'saysNumber', description: 'The caller gives an order number.', required: ['orderNumber'] },
  ];

  it.each([
    ['yes', { tool: 'confirmsNumber', input: {} }],
    ['what are your opening hours', { tool: 'asksOpeningHours', input: {} }],
    ['it is one zero two four', { tool: 'saysNumber', input: { orderNumber: '1024' } }],
  ])('take %j for the tool that fits', (said, answer) => {
    expect(think(said, tools)).toEqual(answer);
  });

  it('say so when nothing fits', () => {
    expect(think('purple elephants', tools)).toHaveProperty('text');
  });
});
