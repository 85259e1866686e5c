import { expect, test } from 'vitest';
import { SimulatedClock } from '../../../runtime/clock.ts';
import { openTools } from '../../../src/tools/index.ts';
import { openOrderLookup } from '../../../src/tools/order-lookup.ts';
import sampleOrders from '../../../src/tools/sample-orders.json' with { type: 'json' };

function context(signal = new AbortController().signal) {
  return { callId: 'call-1', idempotencyKey: 'call-1:1:1', signal };
}

async function lookUp(orderNumber: unknown) {
  const clock = new SimulatedClock();
  const answer = openOrderLookup({ clock, toolDelayMs: 250 }).run({ orderNumber }, context());
  const settled = answer.then(
    result => ({ result, atMs: clock.now() }),
    (error: Error) => ({ error: error.message }),
  );
  await clock.advance(1_000);
  return settled;
}

test('finds an order after the delay of a back office', async () => {
  expect(await lookUp('4711')).toEqual({
    atMs: 250,
    result: {
      found: true,
      orderNumber: '4711',
      item: 'a desk lamp',
      status: 'is on its way',
      arrival: 'It should reach you on Thursday.',
    },
  });
});

test('says so when there is no such order', async () => {
  expect(await lookUp('1111')).toEqual({ atMs: 250, result: { found: false, orderNumber: '1111' } });
});

test.each([undefined, '', 4711, 'four', '4711; drop'])('refuses %j as an order number', async given => {
  expect(await lookUp(given)).toEqual({ error: 'lookUpOrder needs an orderNumber of digits, as "4711".' });
});

test('stops at once when aborted and leaves no timer', async () => {
  const clock = new SimulatedClock();
  const abort = new AbortController();
  const answer = openOrderLookup({ clock, toolDelayMs: 250 }).run(
    { orderNumber: '4711' },
    context(abort.signal),
  );
  const gone = expect(answer).rejects.toThrow('caller hung up');
  abort.abort(new Error('caller hung up'));
  await gone;

  expect(clock.pending).toBe(0);
  await expect(
    openOrderLookup({ clock, toolDelayMs: 0 }).run({ orderNumber: '4711' }, context(abort.signal)),
  ).rejects.toThrow('caller hung up');
});

test('has a few dozen sample orders, each with its own four digits and lines that can be spoken', () => {
  expect(sampleOrders.length).toBeGreaterThanOrEqual(36);
  expect(new Set(sampleOrders.map(order => order.orderNumber)).size).toBe(sampleOrders.length);
  for (const { orderNumber, item, status, arrival } of sampleOrders) {
    expect(orderNumber).toMatch(/^\d{4}$/);
    expect(item).toMatch(/^(a|an|two|seven) [a-z ]+$/);
    expect(status).toMatch(/^(is|was) [a-z ]+$/);
    expect(arrival).toMatch(/^[A-Z][A-Za-z ,]+\.$/);
  }
});

test('the registry knows each tool by its own name', () => {
  const tools = openTools({ clock: new SimulatedClock(), toolDelayMs: 0 });

  expect([...tools.keys()]).toContain('lookUpOrder');
  for (const [name, tool] of tools) expect(tool.name).toBe(name);
});
