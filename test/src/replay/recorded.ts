import type { AnyStateMachine } from 'xstate';
import { flow } from '../../../machines/flow.ts';
import { orderStatus } from '../../../machines/flows/order-status.ts';
import type { RecordedCall } from '../../../src/replay/recorded-call.ts';
import { SimCall, type SimOptions } from '../../harness/sim-call.ts';

// biome-ignore lint/suspicious/noExplicitAny: a chart's literal, edited as a designer edits its file.
type Literal = any;

/** The order line as a designer has changed it. */
export function edited(change: (chart: Literal) => void): AnyStateMachine {
  const chart = structuredClone(orderStatus.config) as Literal;
  change(chart);
  return flow.createMachine(chart) as unknown as AnyStateMachine;
}

/** The order line, word for word, under another name. */
export function renamed(): AnyStateMachine {
  const chart = JSON.stringify(orderStatus.config).replaceAll('orderStatus', 'ordersOfAcme');
  return flow.createMachine(JSON.parse(chart)) as unknown as AnyStateMachine;
}

/** What a journal gives back of a simulated call. */
export function recordingOf(sim: SimCall): RecordedCall {
  const entries = [...sim.inherited, ...sim.journal.entries];
  return JSON.parse(
    JSON.stringify({ start: sim.call.start, outcome: sim.summary?.outcome ?? null, entries }),
  );
}

/** A call in which the caller says these things one after the other, then hangs up if the agent has not. */
export async function record(sayings: readonly string[], options: SimOptions = {}): Promise<RecordedCall> {
  const sim = new SimCall(options);
  await sim.untilListening();
  for (const words of sayings) if (!sim.hasEnded) await sim.converse(words);
  if (!sim.hasEnded) sim.carrier.hangUp();
  await sim.over();
  return recordingOf(sim);
}
