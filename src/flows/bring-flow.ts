import type { CallStart } from '../../runtime/journal.ts';
import type { Queryable } from '../storage/database.ts';
import type { Log } from '../storage/log.ts';
import type { FlowLibrary } from './library.ts';
import { storedFlow } from './stored-versions.ts';

/**
 * Brings the version that a call from another node follows into the library, from where every version that was in force is
 * kept. Its chart is as it was; the code behind the names in it is today's. Does nothing when nobody has kept it.
 */
export async function bringFlow(
  { flow: name, flowVersion }: Pick<CallStart, 'flow' | 'flowVersion'>,
  { library, database, log }: { library: FlowLibrary; database: Queryable; log: Log },
): Promise<void> {
  if (library.version(name, flowVersion)) return;
  const today = await library.find(name).catch(() => null);
  const kept = await storedFlow(database, name, flowVersion, today?.machine ?? null);
  if (!kept) return;
  if (!kept.isWhole)
    log.warn(
      { flow: name, flowVersion },
      'A call goes on with an earlier version of its flow and code of today.',
    );
  library.keep(name, flowVersion, kept.machine);
}
