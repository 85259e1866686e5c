import { SimulatedClock } from '../../../runtime/clock.ts';
import type { Tool } from '../../../runtime/ports.ts';
import type { ToolWorld } from '../../../src/tools/tool-world.ts';

/** The tools of one world, run one after the other; each request has a key of its own unless one is given. */
export interface ToolBench {
  world: ToolWorld;
  run(
    tool: string,
    input: Record<string, unknown>,
    idempotencyKey?: string,
    callId?: string,
  ): Promise<Record<string, unknown>>;
}

const DELAY_MS = 250;

export function openWorld(open: (world: ToolWorld) => ReadonlyMap<string, Tool>): ToolBench {
  const clock = new SimulatedClock();
  const world = { clock, toolDelayMs: DELAY_MS };
  const tools = open(world);
  let requests = 0;
  return {
    world,
    async run(name, input, idempotencyKey = `request-${++requests}`, callId = 'call-1') {
      const tool = tools.get(name);
      if (!tool) throw new Error(`There is no tool ${name}.`);
      const answer = tool.run(input, { callId, idempotencyKey, signal: new AbortController().signal });
      // An error is the caller's to see, once time has passed.
      answer.catch(() => {});
      await clock.advance(DELAY_MS);
      return answer;
    },
  };
}
