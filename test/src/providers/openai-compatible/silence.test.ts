import { afterAll, beforeAll, expect, it } from 'vitest';
import { SimulatedClock } from '../../../../runtime/clock.ts';
import { startOpenAiCompatibleEmulator } from '../../../../src/emulators/openai-compatible/openai-compatible.ts';
import { openOpenRouterChat } from '../../../../src/providers/openai-compatible/openrouter.ts';
import { ask, CANARY_KEY, canary } from './asking.ts';

const levels = ['debug', 'info', 'log', 'warn', 'error'] as const;
const originals = levels.map(level => console[level]);
const printed: unknown[][] = [];

// The SDK takes hold of the console's functions with its first message; a spy would come too late in a shared file.
beforeAll(() => {
  for (const level of levels)
    console[level] = (...args: unknown[]) => {
      printed.push(args);
    };
});

afterAll(() => {
  levels.forEach((level, index) => {
    console[level] = originals[index]!;
  });
});

it('prints nothing, whatever goes wrong: the SDK would print the words of an event that it cannot read', async () => {
  const emulator = await startOpenAiCompatibleEmulator({ apiKey: CANARY_KEY });
  const baseUrl = `${emulator.url}/api/v1`;
  const provider = openOpenRouterChat({ apiKey: canary, clock: new SimulatedClock(), baseUrl });
  for (const kind of ['refuse', 'malformed', 'wrongKey', 'serverError', 'cut'] as const) {
    emulator.nextFaults.push({ kind });
    await expect(ask(provider)).rejects.toMatchObject({ name: 'ProviderError' });
  }
  await provider.close();
  await emulator.close();
  expect(printed).toEqual([]);
});
