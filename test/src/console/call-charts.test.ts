import { describe, expect, it } from 'vitest';
import { type AnyStateMachine, createMachine } from 'xstate';
import { CallCharts } from '../../../src/console/call-charts.ts';
import type { Flow } from '../../../src/flows/flows.ts';

const chart = (id: string): AnyStateMachine => createMachine({ id }) as unknown as AnyStateMachine;
const [running, old, today] = [chart('running'), chart('old'), chart('today')];

function charts() {
  const asked: string[] = [];
  const found = new CallCharts({
    inService({ flow, flowVersion }) {
      if (flow === 'sales' && flowVersion === '3') return running;
      throw new Error('not known');
    },
    async kept(name, version) {
      asked.push(`${name} ${version}`);
      if (version === 'away') throw new Error('the database is away');
      return name === 'sales' && version === '1' ? old : null;
    },
    async today(name) {
      if (name !== 'sales') throw new Error('no such flow');
      return { machine: today, version: '4' } as Flow;
    },
  });
  return { found, asked, of: (flow: string, flowVersion: string) => found.of({ flow, flowVersion }) };
}

describe('the chart of a call', () => {
  it('is the one that it follows, or followed, wherever that is kept', async () => {
    const { of } = charts();
    expect(await of('sales', '3')).toEqual({ machine: running, is: 'followed' });
    expect(await of('sales', '4')).toEqual({ machine: today, is: 'followed' });
    expect(await of('sales', '1')).toEqual({ machine: old, is: 'followed' });
  });

  it('is today’s where its own was not kept, and none where the flow is gone', async () => {
    const { of } = charts();
    expect(await of('sales', '2')).toEqual({ machine: today, is: 'today' });
    expect(await of('gone', '1')).toBeNull();
  });

  it('is asked for once when it was found, and again when it was not', async () => {
    const { of, asked } = charts();
    for (let times = 0; times < 2; times++) {
      await of('sales', '1');
      await of('sales', '2');
      await expect(of('sales', 'away')).rejects.toThrow('away');
    }
    expect(asked).toEqual(['sales 1', 'sales 2', 'sales away', 'sales 2', 'sales away']);
  });
});
