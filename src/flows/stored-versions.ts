import { type AnyStateMachine, createMachine } from 'xstate';
import { flow as vocabulary } from '../../machines/flow.ts';
import type { Queryable } from '../storage/database.ts';
import { toJsonText } from '../storage/json-text.ts';
import { flowVersion } from './flow-version.ts';
import type { Flow } from './flows.ts';

/** A version of a flow as it was stored. */
export interface StoredFlow {
  machine: AnyStateMachine;
  /**
   * False when code behind the chart's names is not what it was then, which is not stored: guards and actions of the
   * flow's own may decide otherwise.
   */
  isWhole: boolean;
}

/** Writes down that a version is in force. */
export async function storeFlow(database: Queryable, { name, version, machine }: Flow): Promise<void> {
  await database.query(
    `insert into aybiza.flows (name, version, chart) values ($1, $2, $3::json)
     on conflict (name, version) do update set last_at = now()`,
    [name, version, toJsonText(machine.config)],
  );
}

/** The chart of a version that was in force once, as it was written, or null. */
export async function storedChart(
  database: Queryable,
  name: string,
  version: string,
): Promise<object | null> {
  const [row] = await database.query<{ chart: object }>(
    'select chart from aybiza.flows where name = $1 and version = $2',
    [name, version],
  );
  return row?.chart ?? null;
}

/** A stored chart as a flow. `present` is the flow as it is now, for the code behind its names. */
export function flowOfChart(chart: object, version: string, present: AnyStateMachine | null): StoredFlow {
  const { implementations } = present ?? vocabulary.createMachine({ context: { facts: {} } });
  const machine = createMachine(chart as never, implementations as never);
  return {
    machine: machine as unknown as AnyStateMachine,
    isWhole: flowVersion(machine as never) === version,
  };
}

/** A version that was in force once, or null. `present` is the flow as it is now, for the code behind its names. */
export async function storedFlow(
  database: Queryable,
  name: string,
  version: string,
  present: AnyStateMachine | null,
): Promise<StoredFlow | null> {
  const chart = await storedChart(database, name, version);
  return chart && flowOfChart(chart, version, present);
}
