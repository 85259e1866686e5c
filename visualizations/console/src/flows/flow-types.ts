import type { FlowAnswer } from '../shell/types.ts';

export type Study = FlowAnswer['study'];
export type Finding = Study['findings'][number];

export function coveredShare({ coverage }: Study): number {
  const parts = [...coverage.states, ...coverage.transitions];
  return parts.length === 0 ? 1 : parts.filter(({ hits }) => hits > 0).length / parts.length;
}
