import { readdirSync, readFileSync } from 'node:fs';
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

/**
 * The same of a process that this one has started, by the name of its program: all its threads together. Closes with null where
 * there is none, or Linux does not say.
 */
export function openChildWindow(program: string): () => Pick<Load, 'cpu' | 'waited'> | null {
  const startedMs = performance.now();
  const pid = childOf(process.pid, program);
  const start = pid === null ? null : schedulingOf(pid);

  return () => {
    const ms = performance.now() - startedMs;
    const end = pid === null ? null : schedulingOf(pid);
    if (!start || !end) return null;
    return { cpu: (end.ranNs - start.ranNs) / 1e6 / ms, waited: (end.waitedNs - start.waitedNs) / 1e6 / ms };
  };
}

function childOf(parent: number, program: string): number | null {
  try {
    const pids = readdirSync('/proc').filter(name => /^\d+$/.test(name));
    return pids.map(Number).find(pid => isChild(pid, parent, program)) ?? null;
  } catch {
    return null;
  }
}

function isChild(pid: number, parent: number, program: string): boolean {
  try {
    const [, name, after] = /\((.*)\) \S (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
    return name === program && Number(after) === parent;
  } catch {
    // It has ended meanwhile.
    return false;
  }
}

function schedulingOf(pid: number): { ranNs: number; waitedNs: number } | null {
  try {
    const sum = { ranNs: 0, waitedNs: 0 };
    for (const task of readdirSync(`/proc/${pid}/task`)) {
      const [ran, waited] = readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ');
      sum.ranNs += Number(ran);
      sum.waitedNs += Number(waited);
    }
    return sum;
  } catch {
    return null;
  }
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
