import type { TurnStory, TurnTimes } from './story.ts';

export interface Stage {
  name: string;
  className: string;
  /** From the end of the caller's turn; below zero for what was done before it was certain. */
  fromMs: number;
  toMs: number;
}

/** When each stage was reached, from the end of the caller's turn. */
export function stageTimes({ times }: Pick<TurnStory, 'times'>): Omit<TurnTimes, 'endMs'> {
  const since = (atMs: number | null) => atMs && atMs - times.endMs;
  return {
    endpointMs: times.endpointMs,
    firstTokenMs: since(times.firstTokenMs),
    firstAudioMs: since(times.firstAudioMs),
    firstFrameMs: since(times.firstFrameMs),
    firstMarkMs: since(times.firstMarkMs),
    overheadMs: times.overheadMs,
  };
}

/** What the time of a turn went into, one after the other. */
export function stagesOf(turn: Pick<TurnStory, 'times' | 'atMs'>): Stage[] {
  const { endpointMs, ...at } = stageTimes(turn);
  const stages: Stage[] = [];
  if (endpointMs)
    stages.push({ name: 'Wait for the end', className: 'stage-endpoint', fromMs: -endpointMs, toMs: 0 });
  let fromMs = Math.min(0, turn.atMs - turn.times.endMs);
  const parts = [
    ['To the first token', 'stage-token', at.firstTokenMs],
    ['To the first audio', 'stage-audio', at.firstAudioMs],
    ['To the first frame', 'stage-frame', at.firstFrameMs],
    ['To the first mark', 'stage-mark', at.firstMarkMs],
  ] as const;
  for (const [name, className, toMs] of parts) {
    if (toMs === null || toMs < fromMs) continue;
    stages.push({ name, className, fromMs, toMs });
    fromMs = toMs;
  }
  return stages;
}
