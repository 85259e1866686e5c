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

/** A version that was in force once, or null. `present` is the flow as it is now, for the code behind its names. */
export async function storedFlow(
  database: Queryable,
  name: string,
  version: string,
  present: AnyStateMachine | null,
): Promise<StoredFlow | null> {
  const [row] = await database.query<{ chart: object }>(
    'select chart from aybiza.flows where name = $1 and version = $2',
    [name, version],
  );
  if (!row) return null;
  const { implementations } = present ?? vocabulary.createMachine({ context: { facts: {} } });
  const machine = createMachine(row.chart as never, implementations as never);
  return {
    machine: machine as unknown as AnyStateMachine,
    isWhole: flowVersion(machine as never) === version,
  };
}
