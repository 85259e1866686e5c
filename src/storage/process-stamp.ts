import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';

/** Tells one process from another, also after its number has been given to somebody else. */
export interface ProcessStamp {
  host: string;
  pid: number;
  /** Kernel's start time of the process; null where the system does not say. */
  started: string | null;
}

export function thisProcess(): ProcessStamp {
  return { host: hostname(), pid: process.pid, started: startTime(process.pid) };
}

/** Whether the process still runs here. `unknown` for a process of another host. */
export function lookUpProcess(stamp: ProcessStamp): 'running' | 'gone' | 'unknown' {
  if (stamp.host !== hostname()) return 'unknown';
  if (!pidExists(stamp.pid)) return 'gone';
  return stamp.started !== null && startTime(stamp.pid) !== stamp.started ? 'gone' : 'running';
}

function pidExists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Field 22 of proc(5) `stat`. The second field may hold spaces, so counting begins after its closing bracket. */
function startTime(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
}
