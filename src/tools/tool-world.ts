import type { Clock } from '../../runtime/clock.ts';

/** What every tool is opened with. */
export interface ToolWorld {
  clock: Clock;
  /** How long the sample tools take to answer, as a real back office would. */
  toolDelayMs: number;
}
