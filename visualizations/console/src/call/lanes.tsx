import { useComputed } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { duration } from '../shell/format.ts';
import { TRACKS, type Track, TrackPeaks } from './peaks.ts';
import { type MoveItem, movesOf, storyOf, type TurnStory } from './story.ts';
import type { Timeline } from './timeline.ts';
import { Waveform } from './waveform.tsx';

interface Mark {
  fromMs: number;
  toMs: number;
  isInterrupted: boolean;
}

/** One lane for each side: when it spoke, and what that sounded like. */
export function Lanes({ timeline, muted }: { timeline: Timeline; muted: ReadonlySet<Track> }) {
  const { opening, entries, revision } = timeline.data;
  const marks = useComputed(() => {
    revision.value;
    const story = storyOf(entries);
    return { ...marksOf(story, timeline.nowMs.peek()), moves: movesOf(story) };
  });
  const hasAudio = opening.value?.hasAudio ?? false;
  const view = timeline.view.value;

  return (
    <>
      {TRACKS.map(track => (
        <div
          key={track}
          class={`call-lane ${track} ${muted.has(track) ? 'muted' : ''} ${hasAudio ? '' : 'mute'}`}
        >
          {hasAudio && <TrackWave track={track} timeline={timeline} />}
          {marks.value[track].map(mark => (
            <Stretch key={mark.fromMs} mark={mark} view={view} />
          ))}
        </div>
      ))}
      {marks.value.moves.map(move => (
        <MoveMark key={move.seq} move={move} view={view} />
      ))}
      <Ticks view={view} />
    </>
  );
}

function TrackWave({ track, timeline }: { track: Track; timeline: Timeline }) {
  const peaks = useMemo(() => new TrackPeaks(track, timeline), [track, timeline]);
  useEffect(() => () => peaks.close(), [peaks]);
  const problem = peaks.problem.value;
  return (
    <>
      <Waveform peaks={peaks} timeline={timeline} track={track} />
      {problem !== null && <span class="call-lane-problem clip">{problem}</span>}
    </>
  );
}

function Stretch({ mark, view: [fromMs, toMs] }: { mark: Mark; view: readonly [number, number] }) {
  const left = (mark.fromMs - fromMs) / (toMs - fromMs);
  const right = (mark.toMs - fromMs) / (toMs - fromMs);
  if (right < 0 || left > 1) return null;
  const start = Math.max(0, left);
  return (
    <i
      class={mark.isInterrupted ? 'call-stretch interrupted' : 'call-stretch'}
      style={{ left: `${start * 100}%`, width: `${(Math.min(1, right) - start) * 100}%` }}
    />
  );
}

/** Across both lanes: the call goes on elsewhere from here. */
function MoveMark({ move, view: [fromMs, toMs] }: { move: MoveItem; view: readonly [number, number] }) {
  const share = (move.atMs - fromMs) / (toMs - fromMs);
  if (share < 0 || share > 1) return null;
  return (
    <i class="call-move" style={{ left: `${share * 100}%` }} title={`${duration(move.atMs)} ${move.text}`} />
  );
}

const STEPS_S = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1_800];
const MOST_TICKS = 8;

function Ticks({ view: [fromMs, toMs] }: { view: readonly [number, number] }) {
  const seconds = (toMs - fromMs) / 1_000;
  const stepMs = (STEPS_S.find(step => seconds / step <= MOST_TICKS) ?? 3_600) * 1_000;
  const ticks: number[] = [];
  for (let at = Math.ceil(fromMs / stepMs) * stepMs; at < toMs; at += stepMs) ticks.push(at);
  return (
    <div class="call-ticks" aria-hidden="true">
      {ticks.map(at => (
        <span key={at} style={{ left: `${((at - fromMs) / (toMs - fromMs)) * 100}%` }}>
          {duration(at)}
        </span>
      ))}
    </div>
  );
}

function marksOf(
  { items, callerSpans, speaking }: ReturnType<typeof storyOf>,
  nowMs: number,
): Record<Track, Mark[]> {
  const turns = items.filter((item): item is TurnStory => item.is === 'turn');
  const caller = callerSpans.map(span => ({ ...span, isInterrupted: false }));
  if (speaking) caller.push({ fromMs: speaking.sinceMs, toMs: nowMs, isInterrupted: false });
  const agent = turns.flatMap(({ times: { firstFrameMs: soundAtMs }, heard, cutOffMs }) => {
    if (soundAtMs === null) return [];
    const toMs = heard?.atMs ?? cutOffMs ?? nowMs;
    return [{ fromMs: soundAtMs, toMs, isInterrupted: heard?.interrupted ?? cutOffMs !== null }];
  });
  return { caller, agent };
}
