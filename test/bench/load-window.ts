import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';

/** What one process used of its core between two moments. */
export interface Load {
  seconds: number;
  /** Of one core, all threads of the process together: 1 is a full core. */
  cpu: number;
  /** Share of the time in which the event loop was busy. */
  loop: number;
  /** Share of the time in which the main thread could have run, but others had the core. Null where Linux does not say. */
  waited: number | null;
}

/** Opens a window; the function it returns closes it. */
export function openLoadWindow(): () => Load {
  const startedMs = performance.now();
  const cpu = process.cpuUsage();
  const loop = performance.eventLoopUtilization();
  const waitedNs = runQueueWaitNs();

  return () => {
    const ms = performance.now() - startedMs;
    const { user, system } = process.cpuUsage(cpu);
    const endNs = runQueueWaitNs();
    return {
      seconds: ms / 1_000,
      cpu: (user + system) / 1_000 / ms,
      loop: performance.eventLoopUtilization(loop).utilization,
      waited: waitedNs === null || endNs === null ? null : (endNs - waitedNs) / 1e6 / ms,
    };
  };
}

/** The process's own wait for a core so far, in milliseconds, or null where Linux does not say. */
export function waitedForCoreMs(): number | null {
  const ns = runQueueWaitNs();
  return ns === null ? null : ns / 1e6;
}

/** The second number of Linux's schedstat: time spent runnable without a core. */
function runQueueWaitNs(): number | null {
  try {
    return Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8').split(' ')[1]);
  } catch {
    return null;
  }
}
