import { describe, expect, it } from 'vitest';
import type { LogEntry } from '../../runtime/journal.ts';
import type { Tool, ToolLedger } from '../../runtime/ports.ts';
import { MemoryToolLedger } from '../../runtime/tool-ledger.ts';
import { sleep } from '../harness/scripted-providers.ts';
import { SimCall, type SimOptions } from '../harness/sim-call.ts';
import { toolFirst } from '../harness/test-flows.ts';

const TOOL_MS = 3_000;

/** A call whose flow asks at once for a tool that changes something, and how often that has run. */
function callWithTool(options: SimOptions = {}, extra: Partial<Tool> = {}) {
  const runs = { begun: 0, ended: 0 };
  const tool: Tool = {
    name: 'check',
    description: 'Changes something.',
    changes: true,
    letFinish: true,
    timeoutMs: 5_000,
    async run(_, { signal }) {
      runs.begun++;
      await sleep(sim.clock, TOOL_MS, signal);
      runs.ended++;
      return { done: true };
    },
    ...extra,
  };
  const sim: SimCall = new SimCall({ flow: toolFirst, tools: [tool], ...options });
  return { sim, runs };
}

function resultsOf(entries: readonly LogEntry[]) {
  return entries.flatMap(entry =>
    entry.kind === 'event' && entry.event.type === 'tools.finished' ? entry.event.results : [],
  );
}

describe('a tool that changes something', () => {
  it.each([
    { whileAwayMs: 500, when: 'while it still works' },
    { whileAwayMs: 6_000, when: 'after it has ended' },
  ])('ran again when the line was lost and the caller came back $when', async ({ whileAwayMs }) => {
    const { sim, runs } = callWithTool();
    await sim.until(() => sim.state === 'floor.replying.toolCalling', 'the tool');
    await sim.pass(1_000);
    sim.carrier.close();
    await sim.pass(whileAwayMs);
    sim.reconnect();
    await sim.untilListening();

    expect(runs).toEqual({ begun: 1, ended: 1 });
    expect(sim.call.flowState).toBe('warning');
    sim.carrier.hangUp();
    const { turns } = await sim.over();
    expect(turns.flatMap(({ tools }) => tools)).toMatchObject([{ name: 'check', result: { done: true } }]);
  });

  it('is not run again when its node died after it began, and the flow is told that it may have been done', async () => {
    const toolLedger = new MemoryToolLedger();
    const first = callWithTool({ host: { toolLedger } });
    await first.sim.until(() => first.sim.state === 'floor.replying.toolCalling', 'the tool');
    await first.sim.pass(1_000);
    const second = callWithTool({ host: { toolLedger }, restore: first.sim.leftBehind() });
    second.sim.reconnect();
    await second.sim.untilListening();

    expect(second.runs.begun).toBe(0);
    expect(second.sim.call.flowState).toBe('excusing');
    expect(resultsOf(second.sim.journal.entries)).toMatchObject([
      { result: null, error: expect.stringContaining('it may have been done') },
    ]);
  });

  it('is not run again when its node died before its end was told, and the flow is told its end', async () => {
    const toolLedger = new MemoryToolLedger();
    const first = callWithTool({ host: { toolLedger } });
    await first.sim.until(() => first.runs.ended === 1, 'the end of the tool');
    const left = first.sim.leftBehind();
    const told = left.entries.findIndex(
      entry => entry.kind === 'event' && entry.event.type === 'tools.finished',
    );
    const entries = told < 0 ? left.entries : left.entries.slice(0, told);
    const second = callWithTool({ host: { toolLedger }, restore: { ...left, frozen: null, entries } });
    second.sim.reconnect();
    await second.sim.untilListening();

    expect(second.runs.begun).toBe(0);
    expect(second.sim.call.flowState).toBe('warning');
    expect(resultsOf(second.sim.journal.entries)).toMatchObject([{ result: { done: true }, error: null }]);
  });

  it('may be done again once the caller has heard how it went', async () => {
    const toolLedger = new MemoryToolLedger();
    const request = { id: 'one', name: 'book', input: { day: 'monday', time: 'noon' } };
    const again = { ...request, id: 'two', input: { time: 'noon', day: 'monday' } };
    const result = { id: 'one', name: 'book', result: { booked: true }, error: null };
    expect(await toolLedger.begin('c', request, [])).toEqual({ run: true });
    expect(await toolLedger.begin('c', again, [])).toEqual({ run: false, result: null });
    await toolLedger.end('c', { ...result, id: 'two' });
    expect(await toolLedger.begin('c', { ...again, id: 'three' }, ['one'])).toEqual({
      run: false,
      result: { ...result, id: 'three' },
    });
    expect(await toolLedger.begin('c', { ...again, id: 'four' }, ['three'])).toEqual({ run: true });
  });

  it('does not run when that cannot be noted', async () => {
    const toolLedger: ToolLedger = {
      begin: () => Promise.reject(new Error('the disk is full')),
      end: () => Promise.resolve(),
    };
    const { sim, runs } = callWithTool({ host: { toolLedger } });
    await sim.untilListening();
    expect(runs.begun).toBe(0);
    expect(sim.call.flowState).toBe('excusing');
    expect(sim.call.record.warnings).toBe(1);
  });
});

it('A tool that only reads is asked again, with a key of its own, when the caller comes back', async () => {
  const keys: string[] = [];
  const { sim } = callWithTool(
    {},
    {
      changes: false,
      letFinish: false,
      run: async (_, { signal, idempotencyKey }) => {
        keys.push(idempotencyKey);
        await sleep(sim.clock, TOOL_MS, signal);
        return { done: true };
      },
    },
  );
  await sim.until(() => keys.length === 1, 'the tool');
  await sim.pass(1_000);
  sim.carrier.close();
  await sim.pass(500);
  sim.reconnect();
  await sim.untilListening();
  expect(new Set(keys).size).toBe(2);
  expect(sim.call.flowState).toBe('warning');
});

it.each([
  {
    tool: { changes: true, run: () => Promise.reject(new Error('the line is dead')) },
    ends: { error: 'the line is dead; it may have been done all the same', mayBeDone: true },
  },
  {
    tool: { changes: true, timeoutMs: 1_000 },
    ends: { error: 'no answer within 1000 ms; it may have been done all the same', mayBeDone: true },
  },
  {
    tool: { changes: false, timeoutMs: 1_000 },
    ends: { error: 'no answer within 1000 ms' },
  },
])(
  'A flow offered once more what a tool may have done: it is told of a tool $tool',
  async ({ tool, ends }) => {
    const { sim } = callWithTool({}, tool);
    await sim.untilListening();
    expect(resultsOf(sim.journal.entries)).toEqual([
      { id: expect.any(String), name: 'check', result: null, ...ends },
    ]);
  },
);
