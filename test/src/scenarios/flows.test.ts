import { describe, expect, it } from 'vitest';
import { loadFlows } from '../../../src/flows/flows.ts';
import { coverageOf } from '../../../src/scenarios/coverage.ts';
import { openHearing } from '../../../src/scenarios/hear.ts';
import { runSuite } from '../../../src/scenarios/suite.ts';
import { explainFailure } from '../../../src/scenarios/tell-suite.ts';
import { quietLog } from '../../harness/sim-call.ts';

const { flows, broken } = await loadFlows();
const hearing = openHearing({ dataDir: 'data', log: quietLog });

async function playAll(flow: (typeof flows)[number]) {
  const options = { grep: null, repeat: 1, model: null, judge: null, hear: hearing.hear };
  const [result] = await runSuite({ ...options, flows: [flow] });
  if (!result) throw new Error('Nothing was played.');
  return result;
}

it('every flow of the product can be loaded', () => {
  expect(broken).toEqual([]);
  expect(flows.map(({ name }) => name)).toContain('order-status');
});

describe.each(flows.map(flow => [flow.name, flow] as const))('the flow %s', (_, flow) => {
  it('holds every one of its scenarios', async () => {
    const { file, results, broken } = await playAll(flow);
    expect(broken?.message ?? null).toBeNull();
    expect(results.length, `scenarios in ${file}`).toBeGreaterThan(0);
    const failed = results.filter(({ verdict }) => verdict === 'failed');
    expect(failed.map(result => `${result.scenario.name}\n${explainFailure(result)}`)).toEqual([]);
  });
});

it('the order line is come through in every state and by every transition', async () => {
  const flow = flows.find(({ name }) => name === 'order-status');
  if (!flow) throw new Error('There is no order line.');
  const { coverage } = await playAll(flow);
  const { states, transitions } = coverageOf(flow.machine, coverage);
  expect([...states, ...transitions].filter(({ hits }) => hits === 0)).toEqual([]);
});
