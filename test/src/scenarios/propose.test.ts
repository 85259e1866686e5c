import { describe, expect, it } from 'vitest';
import { flow } from '../../../machines/flow.ts';
import { systemClock } from '../../../runtime/clock.ts';
import { type Flow, loadFlow, makeFlow } from '../../../src/flows/flows.ts';
import { coverageOf, noHits } from '../../../src/scenarios/coverage.ts';
import { propose } from '../../../src/scenarios/propose/propose.ts';
import { toYaml } from '../../../src/scenarios/propose/write-scenario.ts';
import { parseScenarios } from '../../../src/scenarios/read-scenarios.ts';
import { runScenario } from '../../../src/scenarios/suite.ts';
import { openTools } from '../../../src/tools/index.ts';

const tools = [...openTools({ clock: systemClock, toolDelayMs: 0 }).values()];
const nobody = {
  model: null,
  judge: null,
  hear: async () => Promise.reject(new Error('There are no files.')),
};

async function proposalsFor(flow: Flow) {
  const coverage = noHits();
  const result = { flow, file: `/flows/${flow.name}.scenarios.yaml`, results: [], coverage, broken: null };
  const proposals = await propose(result, nobody, tools);
  const { states, transitions } = coverageOf(flow.machine, coverage);
  const never = [...states, ...transitions].filter(({ hits }) => hits === 0).map(({ name }) => name);
  return { ...proposals, never };
}

describe('proposed scenarios', () => {
  it('come through all of a flow that has none, and run as they are written', async () => {
    const orderStatus = await loadFlow('order-status');
    const { scenarios, leftOut, never } = await proposalsFor(orderStatus);
    expect({ leftOut, never }).toEqual({ leftOut: [], never: [] });

    const written = parseScenarios('/flows/order-status.scenarios.yaml', toYaml(scenarios));
    expect(written).toHaveLength(scenarios.length);
    for (const scenario of written) {
      const { verdict, failures } = await runScenario(orderStatus, scenario, 0, nobody);
      expect({ name: scenario.name, verdict, failures }).toMatchObject({ verdict: 'passed', failures: [] });
    }
  });

  it('name what they were not made for, and why', async () => {
    const machine = flow.createMachine({
      id: 'locked',
      context: { facts: {} },
      initial: 'open',
      states: {
        open: {
          meta: { say: 'Hello.' },
          on: {
            'caller.enters': {
              guard: { type: 'factIs', params: { fact: 'key', value: 'gold' } },
              target: 'inside',
              meta: { phrases: ['let me in'] },
            },
            'caller.leaves': { target: 'left', meta: { phrases: ['goodbye'] } },
          },
        },
        inside: { meta: { say: 'Welcome.' } },
        left: { meta: { say: 'Bye.', afterwards: 'hangUp' } },
      },
    });
    const { scenarios, leftOut } = await proposalsFor(
      makeFlow('/flows/locked.ts', machine as never, new Map()),
    );
    expect(scenarios.map(({ name }) => name)).toEqual([expect.stringContaining('leaves → left')]);
    expect(leftOut).toEqual([
      { name: expect.stringContaining('inside'), why: 'no way was found there' },
      { name: 'inside', why: 'no way was found there' },
    ]);
  });

  it('are left out when the caller’s words turn out to mean something else', async () => {
    const machine = flow.createMachine({
      id: 'twins',
      context: { facts: {} },
      initial: 'asking',
      states: {
        asking: {
          meta: { say: 'Which one?' },
          on: {
            'caller.first': { target: 'first', meta: { phrases: ['the big one'] } },
            'caller.second': { target: 'second', meta: { phrases: ['the big one'] } },
          },
        },
        first: { meta: { say: 'The first.' } },
        second: { meta: { say: 'The second.' } },
      },
    });
    const { scenarios, leftOut } = await proposalsFor(
      makeFlow('/flows/twins.ts', machine as never, new Map()),
    );
    expect(scenarios).toEqual([]);
    expect(leftOut[0]?.why).toMatch(/^it was tried, but/);
  });
});
