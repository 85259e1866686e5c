import { expect, it } from 'vitest';
import type { LanguageModel, ModelEvent, ModelRequest, Tool } from '../../../runtime/ports.ts';
import { Memory, rememberingModel, rememberingTool } from '../../../src/talk/memory.ts';

const { signal } = new AbortController();
const context = { callId: 'call-1', idempotencyKey: 'key', signal };

/** A tool that changes the world each time. */
function counter() {
  const world = { runs: 0 };
  const tool: Tool = {
    name: 'count',
    description: 'Counts.',
    changes: true,
    timeoutMs: 1_000,
    run: async () => ({ count: ++world.runs }),
  };
  return { world, tool };
}

/** A model that never says the same twice, and breaks off when told to. */
function moody() {
  const mood = { replies: 0, breaksOff: false };
  const model: LanguageModel = {
    name: 'moody',
    async *reply() {
      yield { type: 'text', text: `Reply ${++mood.replies}.` };
      if (mood.breaksOff) throw new Error('gone');
      yield { type: 'end', reason: 'complete' };
    },
  };
  return { mood, model };
}

async function textOf(model: LanguageModel, said: string): Promise<string> {
  const events: ModelEvent[] = [];
  for await (const event of model.reply({ said } as ModelRequest, signal)) events.push(event);
  return events.map(event => (event.type === 'text' ? event.text : '')).join('');
}

it('runs no tool again while the same is gone through, and runs it for what is new', async () => {
  const memory = new Memory();
  const { world, tool } = counter();
  const remembering = rememberingTool(tool, memory);
  const run = (order: string) => remembering.run({ order }, context);
  await run('a');
  await run('a');

  memory.rewind();
  expect(await run('a')).toEqual({ count: 1 });
  expect(world.runs).toBe(2);
  memory.goOn();
  // The second was taken back: it is done anew.
  expect(await run('a')).toEqual({ count: 3 });

  memory.rewind();
  expect([await run('a'), await run('b'), await run('a')]).toEqual([
    { count: 1 },
    { count: 4 },
    { count: 3 },
  ]);
});

it('lets a model answer as it did, request by request', async () => {
  const memory = new Memory();
  const { model } = moody();
  const remembering = rememberingModel(model, memory);
  expect(await textOf(remembering, 'hello')).toBe('Reply 1.');
  expect(await textOf(remembering, 'bye')).toBe('Reply 2.');

  memory.rewind();
  expect(await textOf(remembering, 'bye')).toBe('Reply 2.');
  expect(await textOf(remembering, 'hello')).toBe('Reply 1.');
  expect(await textOf(remembering, 'what')).toBe('Reply 3.');
});

it('remembers no reply that broke off', async () => {
  const memory = new Memory();
  const { mood, model } = moody();
  const remembering = rememberingModel(model, memory);
  mood.breaksOff = true;
  await expect(textOf(remembering, 'hello')).rejects.toThrow('gone');

  memory.rewind();
  mood.breaksOff = false;
  expect(await textOf(remembering, 'hello')).toBe('Reply 2.');
});

it('can be read in a copy without being changed', async () => {
  const memory = new Memory();
  const { world, tool } = counter();
  await rememberingTool(tool, memory).run({}, context);

  const copy = memory.copy();
  copy.rewind();
  await rememberingTool(tool, copy).run({}, context);
  memory.rewind();
  await rememberingTool(tool, memory).run({}, context);
  expect(world.runs).toBe(1);
});
