import type { FlowAnswer, Outcome } from '../shell/types.ts';

export type Study = FlowAnswer['study'];
export type Finding = Study['findings'][number];

/** As GET /api/flows lists what is in force. */
export interface ServedFlow {
  name: string;
  version: string;
  languages: readonly string[];
  /** Agents that give it to callers, with its weight among their flows. */
  agents: readonly { name: string; weight: number }[];
  /** Calls that follow it now, by version and by the state that they are in. */
  live: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/** A share, with the range that it lies in with 95 % certainty. */
export interface Rate {
  count: number;
  share: number;
  low: number;
  high: number;
}

/** As GET /api/flows/results tells what became of calls. */
export interface VersionResult {
  flow: string;
  version: string;
  firstAt: number;
  lastAt: number;
  calls: number;
  outcomes: Partial<Record<Outcome, Rate>>;
  meanDurationS: number;
  meanTurns: number;
  notUnderstoodPerHundred: number;
  interruptedPerHundred: number;
  meanModelCostUsd: number | null;
}

export function coveredShare({ coverage }: Study): number {
  const parts = [...coverage.states, ...coverage.transitions];
  return parts.length === 0 ? 1 : parts.filter(({ hits }) => hits > 0).length / parts.length;
}
