import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createActor, createMachine } from 'xstate';
import { viewFlow } from '../../../machines/flow-view.ts';
import { orderStatus } from '../../../machines/flows/order-status.ts';
import { techSupport } from '../../../machines/flows/tech-support.ts';
import { complexityOf, needsOfFlow, needsOfView } from '../../../runtime/placement/flow-needs.ts';
import { noProgress, progressAfter } from '../../../runtime/placement/progress.ts';
import { thresholds } from '../../../runtime/placement/thresholds.ts';
import { SimCall } from '../../harness/sim-call.ts';

const openingHours = createMachine(
  JSON.parse(readFileSync(new URL('../../../machines/flows/opening-hours.json', import.meta.url), 'utf8')),
);

test('A flow is measured by its states, its tools, its model and its languages', () => {
  expect(needsOfFlow(openingHours)).toMatchObject({ states: 9, tools: [], model: false, languages: ['en'] });
  expect(needsOfFlow(orderStatus)).toMatchObject({ tools: ['lookUpOrder'], model: false, modelStates: 0 });
  expect(needsOfFlow(techSupport)).toMatchObject({
    model: true,
    modelStates: 2,
    tools: expect.arrayContaining(['findAdvice', 'testLine']),
    opening: { model: false, tools: [] },
  });
});

test('Of the flows that come with the product, the two that only look things up are simple', () => {
  const complexity = [openingHours, orderStatus, techSupport].map(flow => needsOfFlow(flow).complexity);
  expect(complexity).toEqual([...complexity].sort((a, b) => a - b));
  expect(complexity.map(each => each <= thresholds.start.edgeOnlyMost)).toEqual([true, true, false]);
});

test('The first state is found inside its parents, and in all regions of a parallel one', () => {
  const nested = createMachine({
    initial: 'a',
    states: {
      a: {
        initial: 'b',
        states: {
          b: {
            type: 'parallel',
            states: { c: { meta: { improvise: true } }, d: { meta: { tools: ['testLine'] } } },
          },
        },
      },
      later: { meta: { tool: { name: 'lookUpOrder', input: {} } } },
    },
  });
  expect(needsOfFlow(nested)).toMatchObject({
    states: 3,
    opening: { model: true, tools: ['testLine'] },
    tools: ['testLine', 'lookUpOrder'],
  });
});

test('Where the flow stands, it needs what its state asks for', () => {
  const actor = createActor(orderStatus).start();
  expect(needsOfView(viewFlow(actor.getSnapshot(), 'en-US'))).toEqual({ model: false, tools: [] });
  const view = viewFlow(actor.getSnapshot(), 'en-US');
  const asking = { ...view, tool: { name: 'lookUpOrder', input: {} }, tools: ['findAdvice'] };
  expect(needsOfView(asking)).toEqual({ model: true, tools: ['lookUpOrder', 'findAdvice'] });
});

test('Complexity stays between 0 and 1 and grows with every count', () => {
  const anyCount = fc.record({
    states: fc.integer({ min: 1, max: 500 }),
    modelStates: fc.nat(40),
    tools: fc.array(fc.string(), { maxLength: 9 }),
    languages: fc.array(fc.string(), { minLength: 1, maxLength: 9 }),
  });
  fc.assert(
    fc.property(anyCount, counted => {
      const complexity = complexityOf(counted);
      expect(complexity).toBeGreaterThanOrEqual(0);
      expect(complexity).toBeLessThanOrEqual(1 + 1e-9);
      const more = [
        { ...counted, modelStates: counted.modelStates + 1 },
        { ...counted, tools: [...counted.tools, 'one more'] },
        { ...counted, languages: [...counted.languages, 'one more'] },
        // So many states more, of which as large a share needs a model.
        { ...counted, states: 2 * counted.states, modelStates: 2 * counted.modelStates },
      ];
      for (const larger of more) expect(complexityOf(larger)).toBeGreaterThanOrEqual(complexity - 1e-9);
    }),
  );
});

test('The progress of a call is what its log says: turns, and answers that did not understand', async () => {
  const sim = new SimCall();
  const progress = () =>
    [...sim.journal.entries, ...sim.call.log.takePending()].reduce(progressAfter, noProgress);
  await sim.untilListening();
  expect(progress()).toMatchObject({ turns: 0, misunderstoodInARow: 0 });
  await sim.converse('bananas.');
  await sim.converse('purple bananas.');
  expect(progress()).toMatchObject({ turns: 2, misunderstoodInARow: 2, misunderstoodEver: 2, heard: 'high' });
  await sim.converse('my order number is one zero two four.');
  expect(progress()).toMatchObject({ turns: 3, misunderstoodInARow: 0, misunderstoodEver: 2 });
});
