import { afterAll, beforeAll } from 'vitest';
import { SimulatedClock } from '../../../runtime/clock.ts';
import { openStorage, type Storage, type StorageOptions } from '../../../src/storage/open.ts';
import type { Backend } from './backends.ts';
import { keptLog } from './watched-jobs.ts';

/** Records of their own for the tests of the file or group that asks; read what it gives inside tests alone. */
export function openedStorage(
  backend: Backend,
  options: Partial<Pick<StorageOptions, 'node' | 'clock' | 'jobs'>> = {},
): Pick<Storage, 'database' | 'store'> {
  let storage: Storage;
  let remove: () => Promise<void>;

  beforeAll(async () => {
    const prepared = await backend.prepare();
    remove = prepared.remove;
    storage = await openStorage({
      ...prepared.place,
      node: 'node-a',
      clock: new SimulatedClock(),
      log: keptLog(),
      jobs: [],
      ...options,
    });
  });

  afterAll(async () => {
    await storage?.close();
    await remove?.();
  });

  return {
    get database() {
      return storage.database;
    },
    get store() {
      return storage.store;
    },
  };
}
