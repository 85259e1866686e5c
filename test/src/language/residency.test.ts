import { afterEach, describe, expect, it } from 'vitest';
import { runCall } from '../../faults/caller.ts';
import { openWorld, type World, type WorldOptions } from '../../faults/world.ts';

const REGIONS = ['us-east-1', 'us-west-2', 'eu-central-1', 'eu-west-1'];
let world: World | null = null;

afterEach(async () => {
  await world?.close();
  world = null;
});

async function call(options: Partial<WorldOptions>, arrange: (opened: World) => void = () => {}) {
  world = await openWorld({ brain: 'bedrock', regions: REGIONS, ...options });
  arrange(world);
  const { summary } = await runCall(world);
  const asked = world.bedrock.requests.map(({ path }) => decodeURIComponent(path.split('/')[2] ?? ''));
  return {
    asked,
    outcome: summary?.outcome,
    tools: summary?.turns.flatMap(turn => turn.tools),
    explained: summary?.turns.flatMap(turn => turn.explanations) ?? [],
  };
}

describe('A whole call whose words have to stay in Europe', () => {
  const rules = { allowedAreas: ['eu' as const] };

  it('is answered by the best model there, though a better one is open elsewhere, and the record says so', async () => {
    const { outcome, asked, explained, tools } = await call({ rules });
    expect(outcome).toBe('completed');
    expect(tools).toMatchObject([{ result: { found: true } }]);
    expect(new Set(asked)).toEqual(new Set(['eu.anthropic.claude-haiku-4-5-20251001-v1:0']));
    expect(explained).toContainEqual(
      expect.stringMatching(
        /^eu only, so claude-haiku-4-5 on bedrock\/eu-west-1 and not claude-haiku-5-5 on bedrock\/us-east-1 \(fast, about \d+ ms\), because .+; with \d more to turn to\.$/,
      ),
    );
    // The same call without the rule shows that the better one was there.
    await world?.close();
    expect((await call({})).asked[0]).toBe('us.anthropic.claude-haiku-5-5');
  });

  it('stays there whatever fails: throttled, late and raced, cut in mid-reply and continued, or all of it down', async () => {
    const failing = await call({ rules }, ({ bedrock }) => {
      bedrock.nextFaults.push(
        { kind: 'throttle' },
        { kind: 'stallBefore', ms: 30_000 },
        { kind: 'cut', afterEvents: 12 },
        { kind: 'serverError' },
      );
    });
    expect(failing.outcome).toBe('completed');
    expect(failing.explained.join('\n')).toMatch(/asking .+ beside it/);
    expect(failing.asked.length).toBeGreaterThan(4);
    for (const model of failing.asked) expect(model).toMatch(/^eu\./);

    await world?.close();
    const down = await call({ rules }, ({ bedrock }) => {
      bedrock.standingFault = { kind: 'serverError' };
    });
    expect(down.outcome).toBe('completed');
    expect(down.explained.join('\n')).toContain('the flow answers by itself');
    for (const model of down.asked) expect(model).toMatch(/^eu\./);
  });

  it('is answered by the model that the settings prefer among those there', async () => {
    const preferring = { ...rules, preferredModels: ['claude-haiku-5-5'] };
    const { asked, explained } = await call({ rules: preferring });
    expect(asked[0]).toBe('eu.anthropic.claude-haiku-5-5');
    expect(explained.join('\n')).toMatch(
      /^eu only, so claude-haiku-5-5 on bedrock\/eu-west-1 and not .+ \(fast, preferred by the settings, about \d+ ms\), because /m,
    );
  });

  it('has no model where none is allowed, and is answered by the flow', async () => {
    const { asked, outcome, explained } = await call({ brain: 'openrouter', rules });
    expect(outcome).toBe('completed');
    expect(asked).toEqual([]);
    expect(world?.chat.requests).toEqual([]);
    expect(explained).toContainEqual('No model that is alive, open and allowed within eu can be asked.');
  });
});
