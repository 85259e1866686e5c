import { randomUUID } from 'node:crypto';
import {
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { lookUpProcess, type ProcessStamp, thisProcess } from './process-stamp.ts';
import { StorageError } from './storage-error.ts';

/** The owner touches its lock this often, so that a container with another host name can tell a dead one. */
const TOUCH_MS = 5_000;
const FOREIGN_STALE_MS = 60_000;

interface LockFile extends ProcessStamp {
  token: string;
}

/**
 * Takes the data folder for this process: PGlite would damage a folder that two processes write. A lock whose process
 * is gone is taken over. Returns the release. Throws `DATA_FOLDER_IN_USE`.
 */
export function lockFolder(folder: string, lockPath: string): () => void {
  mkdirSync(dirname(lockPath), { recursive: true });
  const mine: LockFile = { ...thisProcess(), token: randomUUID() };

  // The second attempt follows the removal of a stale lock.
  if (!tryCreate(lockPath, mine) && !(removeStale(lockPath) && tryCreate(lockPath, mine))) {
    throw inUse(folder, lockPath);
  }

  const touching = setInterval(() => touch(lockPath), TOUCH_MS);
  touching.unref();
  return () => {
    clearInterval(touching);
    if (read(lockPath)?.token === mine.token) rmSync(lockPath, { force: true });
  };
}

/** A link appears with its whole content or not at all, so that nobody reads a half-written lock. */
function tryCreate(lockPath: string, lock: LockFile): boolean {
  const draft = `${lockPath}.${lock.token}`;
  writeFileSync(draft, JSON.stringify(lock));
  try {
    linkSync(draft, lockPath);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

function removeStale(lockPath: string): boolean {
  const seen = read(lockPath);
  if (!isStale(lockPath, seen)) return false;

  // Rename before removing: of two processes that saw the same stale lock only one moves it. One that moved the
  // other's fresh lock by mistake puts it back.
  const aside = `${lockPath}.${randomUUID()}`;
  try {
    renameSync(lockPath, aside);
  } catch {
    return true;
  }
  const moved = read(aside);
  if (moved && moved.token !== seen?.token) {
    linkSync(aside, lockPath);
    rmSync(aside, { force: true });
    return false;
  }
  rmSync(aside, { force: true });
  return true;
}

function isStale(lockPath: string, lock: LockFile | null): boolean {
  if (!lock) return true;
  const owner = lookUpProcess(lock);
  return owner === 'gone' || (owner === 'unknown' && ageMs(lockPath) > FOREIGN_STALE_MS);
}

function read(path: string): LockFile | null {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as LockFile;
  } catch {
    return null;
  }
}

function ageMs(path: string): number {
  try {
    return Date.now() - statSync(path).mtimeMs;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

function touch(path: string): void {
  try {
    utimesSync(path, new Date(), new Date());
  } catch {
    // The folder was removed under us; there is nothing left to keep.
  }
}

function inUse(folder: string, lockPath: string): StorageError {
  const owner = read(lockPath);
  const who = owner ? `process ${owner.pid} on ${owner.host}` : 'another process';
  return new StorageError(
    'DATA_FOLDER_IN_USE',
    `The data folder ${folder} is in use by ${who}. Stop it, choose another folder with AYBIZA_DATA_DIR, or set DATABASE_URL ` +
      `so that several nodes can share their records.`,
  );
}
