import { useComputed, useSignal } from '@preact/signals';
import { EmptyState } from '../components/state-block.tsx';
import { type Column, Table } from '../components/table.tsx';
import { duration, latency } from '../shell/format.ts';
import { storyOf, type TurnStory } from './story.ts';
import type { Timeline } from './timeline.ts';

const GRID_LINES = 5;

interface Stage {
  name: string;
  className: string;
  fromMs: number;
  toMs: number;
}

/** From the end of the caller's turn to the answer in the caller's ear, turn by turn. */
export function Timing({ timeline }: { timeline: Timeline }) {
  const asTable = useSignal(false);
  const turns = useComputed(() => {
    timeline.data.revision.value;
    const { items } = storyOf(timeline.data.entries, timeline.entryCount.value);
    return items.filter((item): item is TurnStory => item.is === 'turn' && item.stages.firstFrameMs !== null);
  });
  if (turns.value.length === 0)
    return <EmptyState title="No answer yet">Each answer shows here what its time went into.</EmptyState>;

  return (
    <div class="call-timing">
      <div class="call-timing-head">
        <ul class="call-legend" aria-hidden="true">
          <li class="endpoint">sure that the caller has finished</li>
          <li class="token">first token</li>
          <li class="audio">first audio</li>
          <li class="frame">first frame</li>
          <li class="mark">first mark: heard</li>
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
      {!asTable.value && <Bars turns={turns.value} timeline={timeline} />}
      <div class={asTable.value ? '' : 'hidden-visually'}>
        <Table
          caption="Stages of each turn, in milliseconds from the end of the caller’s turn"
          columns={COLUMNS}
          rows={turns.value}
          rowKey={({ turn }) => String(turn)}
        />
      </div>
    </div>
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
    cell: ({ stages }: TurnStory) => latency(stages[stage]),
    isNumber: true,
  })),
];

function Bars({ turns, timeline }: { turns: readonly TurnStory[]; timeline: Timeline }) {
  const fromMs = -Math.max(0, ...turns.map(({ stages }) => stages.endpointMs ?? 0));
  const lastMs = Math.max(...turns.map(({ stages }) => stages.firstMarkMs ?? stages.firstFrameMs ?? 0));
  const stepMs = roundStep((lastMs - fromMs) / GRID_LINES);
  const toMs = Math.max(stepMs, Math.ceil(lastMs / stepMs) * stepMs);
  const share = (ms: number) => ((ms - fromMs) / (toMs - fromMs)) * 100;
  const lines: number[] = [];
  for (let ms = Math.ceil(fromMs / stepMs) * stepMs; ms <= toMs; ms += stepMs) lines.push(ms);

  return (
    <div class="call-bars" aria-hidden="true">
      <div class="call-bar-axis">
        {lines.map(ms => (
          <span key={ms} style={{ left: `${share(ms)}%` }}>
            {ms === toMs ? `${ms} ms` : ms}
          </span>
        ))}
      </div>
      {turns.map(turn => (
        <div key={turn.turn} class="call-bar-row">
          <button type="button" class="call-bar-name" tabIndex={-1} onClick={() => timeline.goTo(turn.atMs)}>
            <span class="call-time">{duration(turn.atMs)}</span>
            <span class="clip">{turn.caller?.text ?? turn.sentences[0]?.text ?? turn.purpose}</span>
            <b>{latency(turn.stages.firstFrameMs)}</b>
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
            {turn.stages.overheadMs !== null && (
              <span class="call-overhead" style={{ left: `${share(toMs)}%` }}>
                ours {latency(turn.stages.overheadMs)}
              </span>
            )}
          </div>
        </div>
      ))}
    </div>
  );
}

function stagesOf({ stages }: TurnStory): Stage[] {
  const made: Stage[] = [];
  if (stages.endpointMs)
    made.push({ name: 'Wait for the end', className: 'endpoint', fromMs: -stages.endpointMs, toMs: 0 });
  let fromMs = 0;
  const parts = [
    ['To the first token', 'token', stages.firstTokenMs],
    ['To the first audio', 'audio', stages.firstAudioMs],
    ['To the first frame', 'frame', stages.firstFrameMs],
    ['To the first mark', 'mark', stages.firstMarkMs],
  ] as const;
  for (const [name, className, at] of parts) {
    if (at === null || at < fromMs) continue;
    made.push({ name, className, fromMs, toMs: at });
    fromMs = at;
  }
  return made;
}

/** 1, 2 or 5 with zeros. */
function roundStep(ms: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, ms)));
  return ([1, 2, 5, 10].find(factor => factor * power >= ms) ?? 10) * power;
}
