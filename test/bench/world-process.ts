import type { Violation } from '../world/call-watch.ts';
import type { Counted } from '../world/tally.ts';
import type { WorldOptions } from '../world/world.ts';
import { World } from '../world/world.ts';
import { answerWith } from './peer.ts';

export interface WorldAnswer {
  violations: readonly Violation[];
  counted: Counted;
  simulatedMs: number;
  cpuMs: number;
}

export type WorldMethods = {
  run(options: WorldOptions): Promise<WorldAnswer>;
};

const methods: WorldMethods = {
  async run(options) {
    const before = process.cpuUsage();
    const { violations, tally, simulatedMs } = await new World(options).run();
    const { user, system } = process.cpuUsage(before);
    const { strikes, outcomes, counts, outagesMs } = tally;
    return {
      violations,
      counted: { strikes, outcomes, counts, outagesMs },
      simulatedMs,
      cpuMs: (user + system) / 1_000,
    };
  },
};

answerWith(methods);
