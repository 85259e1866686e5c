import { useComputed, useSignal } from '@preact/signals';
import { Icon } from '../components/icon.tsx';
import { EmptyState } from '../components/state-block.tsx';
import { type Column, Table } from '../components/table.tsx';
import { duration, latency } from '../shell/format.ts';
import { stagesOf, stageTimes } from './stages.ts';
import { type MoveItem, movesOf, storyOf, type TurnStory } from './story.ts';
import type { Timeline } from './timeline.ts';

const GRID_LINES = 5;
/** Whoever keys digits is waited for longer; that would squeeze all the rest. */
const EARLIEST_MS = -1_500;

/** From the end of the caller's turn to the answer in the caller's ear, turn by turn. */
export function Timing({ timeline }: { timeline: Timeline }) {
  const asTable = useSignal(false);
  const story = useComputed(() => {
    timeline.data.revision.value;
    return storyOf(timeline.data.entries, timeline.entryCount.value);
  });
  const turns = useComputed(() =>
    story.value.items.filter(
      (item): item is TurnStory => item.is === 'turn' && item.times.firstFrameMs !== null,
    ),
  );
  if (turns.value.length === 0)
    return <EmptyState title="No answer yet">Each answer shows here what its time went into.</EmptyState>;

  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
    <section class="call-timing" aria-label="Timing" tabIndex={0}>
      <div class="call-timing-head">
        <ul class="call-legend" aria-hidden="true">
          <li class="stage-endpoint">sure that the caller has finished</li>
          <li class="stage-token">first token</li>
          <li class="stage-audio">first audio</li>
          <li class="stage-frame">first frame</li>
          <li class="stage-mark">first mark: heard</li>
        </ul>
        <button
          type="button"
          class="button"
          aria-pressed={asTable.value}
          onClick={() => {
            asTable.value = !asTable.value;
          }}
        >
          As a table
        </button>
      </div>
      {!asTable.value && <Bars turns={turns.value} moves={movesOf(story.value)} timeline={timeline} />}
      <div class={asTable.value ? '' : 'hidden-visually'}>
        <Table
          caption="Stages of each turn, in milliseconds from the end of the caller’s turn"
          columns={COLUMNS}
          rows={turns.value}
          rowKey={({ turn }) => String(turn)}
        />
      </div>
    </section>
  );
}

const COLUMNS: readonly Column<TurnStory>[] = [
  { title: 'Turn', cell: ({ turn }) => turn },
  { title: 'Began', cell: ({ atMs }) => duration(atMs), isNumber: true },
  ...(
    [
      ['Wait for the end', 'endpointMs'],
      ['First token', 'firstTokenMs'],
      ['First audio', 'firstAudioMs'],
      ['First frame', 'firstFrameMs'],
      ['First mark', 'firstMarkMs'],
      ['Our overhead', 'overheadMs'],
    ] as const
  ).map(([title, stage]) => ({
    title,
    cell: (turn: TurnStory) => latency(stageTimes(turn)[stage]),
    isNumber: true,
  })),
];

interface BarsProps {
  turns: readonly TurnStory[];
  moves: readonly MoveItem[];
  timeline: Timeline;
}

function Bars({ turns, moves, timeline }: BarsProps) {
  const ends = turns.flatMap(turn => stagesOf(turn).flatMap(({ fromMs, toMs }) => [fromMs, toMs]));
  const firstMs = Math.max(EARLIEST_MS, Math.min(0, ...ends));
  const lastMs = Math.max(0, ...ends);
  const stepMs = roundStep((lastMs - firstMs) / GRID_LINES);
  const fromMs = Math.floor(firstMs / stepMs) * stepMs;
  const toMs = Math.max(stepMs, Math.ceil(lastMs / stepMs) * stepMs);
  const share = (ms: number) => ((Math.max(fromMs, ms) - fromMs) / (toMs - fromMs)) * 100;
  const lines: number[] = [];
  for (let ms = fromMs; ms <= toMs; ms += stepMs) lines.push(ms);

  return (
    <div class="call-bars" aria-hidden="true">
      <div class="call-bar-axis">
        {lines.map(ms => (
          <span key={ms} style={{ left: `${share(ms)}%` }}>
            {`${ms}${ms === toMs ? ' ms' : ''}`.replace('-', '−')}
          </span>
        ))}
      </div>
      {turns.map((turn, at) => (
        <div key={turn.turn} class="call-bar-row">
          <button type="button" class="call-bar-name" tabIndex={-1} onClick={() => timeline.goTo(turn.atMs)}>
            <span class="call-time">{duration(turn.atMs)}</span>
            <span class="clip">{turn.caller?.text ?? turn.sentences[0]?.text ?? turn.purpose}</span>
            <b>{latency(stageTimes(turn).firstFrameMs)}</b>
          </button>
          <div class="call-bar">
            {lines.map(ms => (
              <i key={ms} class={ms === 0 ? 'line zero' : 'line'} style={{ left: `${share(ms)}%` }} />
            ))}
            {stagesOf(turn).map(stage => (
              <i
                key={stage.className}
                class={`stage ${stage.className}`}
                title={`${stage.name}: ${latency(stage.toMs - stage.fromMs)}`}
                style={{
                  left: `${share(stage.fromMs)}%`,
                  width: `${share(stage.toMs) - share(stage.fromMs)}%`,
                }}
              />
            ))}
            {movesDuring(turns, at, moves).map(({ seq, atMs, text }) =>
              atMs <= turn.times.endMs + toMs ? (
                <i
                  key={seq}
                  class="call-bar-moved"
                  title={text}
                  style={{ left: `${share(atMs - turn.times.endMs)}%` }}
                />
              ) : null,
            )}
            {turn.times.overheadMs !== null && (
              <span class="call-overhead" style={{ left: `${share(toMs)}%` }}>
                ours {latency(turn.times.overheadMs)}
              </span>
            )}
          </div>
          {movesDuring(turns, at, moves).map(move => (
            <button
              key={move.seq}
              type="button"
              class="call-bar-move"
              tabIndex={-1}
              onClick={() => timeline.goTo(move.atMs)}
            >
              <span class="call-time">{duration(move.atMs)}</span>
              <Icon name="move" />
              <span class="clip">{move.text}</span>
            </button>
          ))}
        </div>
      ))}
    </div>
  );
}

/** From the opening of a turn to that of the next. */
function movesDuring(turns: readonly TurnStory[], at: number, moves: readonly MoveItem[]): MoveItem[] {
  const fromMs = at === 0 ? 0 : (turns[at]?.atMs ?? 0);
  const toMs = turns[at + 1]?.atMs ?? Number.POSITIVE_INFINITY;
  return moves.filter(({ atMs }) => atMs >= fromMs && atMs < toMs);
}

/** 1, 2 or 5 with zeros. */
function roundStep(ms: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, ms)));
  return ([1, 2, 5, 10].find(factor => factor * power >= ms) ?? 10) * power;
}
