import type { CallSummary, StageTimes, Turn } from '../../runtime/journal.ts';
import { durationS } from './duration.ts';
import { tellCall } from './tell-call.ts';

/** What a stage took over the whole call, in milliseconds. */
export interface StageReport {
  p50: number;
  p95: number;
  /** Turns in which the stage happened. */
  samples: number;
}

/** What people want to know of a call afterwards. */
export interface CallReport {
  /** In plain words: who called, what happened turn by turn, how it ended. */
  summaryText: string;
  durationS: number;
  turns: number;
  /** Turns in which the caller cut the agent short. */
  interruptions: number;
  toolCalls: { succeeded: number; failed: number };
  /** What the caller said and nobody answered. */
  unanswered: number;
  words: {
    /** By the caller. */
    caller: number;
    /** By the agent, as generated, and as far as the caller heard them. */
    agentSpoken: number;
    agentHeard: number;
  };
  /** Stages that never happened are left out. */
  stages: Partial<Record<keyof StageTimes, StageReport>>;
}

const STAGES: readonly (keyof StageTimes)[] = [
  'endpointMs',
  'firstTokenMs',
  'firstAudioMs',
  'firstFrameMs',
  'firstMarkMs',
  'overheadMs',
];

export function reportOn(summary: CallSummary): CallReport {
  const { turns, unanswered } = summary;
  const tools = turns.flatMap(turn => turn.tools);
  const failed = tools.filter(tool => tool.error !== null).length;

  return {
    summaryText: tellCall(summary),
    durationS: durationS(summary),
    turns: turns.length,
    interruptions: turns.filter(turn => turn.agent.interrupted).length,
    toolCalls: { succeeded: tools.length - failed, failed },
    unanswered: unanswered.length,
    words: {
      caller: countWords([...turns.map(turn => turn.caller?.text ?? ''), ...unanswered]),
      agentSpoken: countWords(turns.map(turn => turn.agent.generated)),
      agentHeard: countWords(turns.map(turn => turn.agent.heard)),
    },
    stages: stagesOf(turns),
  };
}

function stagesOf(turns: readonly Turn[]): CallReport['stages'] {
  const stages: CallReport['stages'] = {};
  for (const stage of STAGES) {
    const times = turns.flatMap(turn => turn.stages[stage] ?? []).sort((a, b) => a - b);
    if (times.length === 0) continue;
    stages[stage] = { p50: percentile(times, 0.5), p95: percentile(times, 0.95), samples: times.length };
  }
  return stages;
}

/** Nearest rank: a time that was really measured. */
function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]!;
}

/** Scripts without spaces are counted by the segmenter's idea of a word. */
function countWords(texts: readonly string[]): number {
  return texts.reduce(
    (count, text) => count + [...segmenter.segment(text)].filter(part => part.isWordLike).length,
    0,
  );
}

const segmenter = new Intl.Segmenter(undefined, { granularity: 'word' });
