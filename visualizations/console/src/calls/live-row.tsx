import { useComputed } from '@preact/signals';
import { Component } from 'preact';
import { Badge, SpeakingSign } from '../components/badge.tsx';
import { Sparkline } from '../components/sparkline.tsx';
import { secondTick } from '../shell/clock.ts';
import { cost, duration, latency, nodeName, stateName } from '../shell/format.ts';
import type { CallRow } from '../shell/types.ts';
import { cell, rowAt } from './grid-parts.ts';
import { isSlow } from './list-query.ts';

/** Two seconds fill the height of a sparkline. */
const SPARK_MAX_MS = 2_000;

export interface LiveRowProps {
  call: CallRow;
  responses: readonly number[];
  topPx: number;
  index: number;
  isSelected: boolean;
}

/** A row is drawn again only when its call has changed or it has moved. */
export class LiveRow extends Component<LiveRowProps> {
  override shouldComponentUpdate(next: LiveRowProps): boolean {
    const { call, topPx, isSelected } = this.props;
    return call !== next.call || topPx !== next.topPx || isSelected !== next.isSelected;
  }

  override render({ call, responses, topPx, index, isSelected }: LiveRowProps) {
    const slow = isSlow(call);
    return (
      <div
        class={isSelected ? 'call-row selected' : 'call-row'}
        id={`call-${call.callSid}`}
        {...rowAt(index, isSelected)}
        data-call={call.callSid}
        style={{ transform: `translateY(${topPx}px)` }}
      >
        <div {...cell} class="c-speaks">
          <SpeakingSign who={call.speaking} />
        </div>
        <div {...cell} class="c-caller two">
          <a href={`/calls/${call.callSid}`} tabIndex={-1} class="clip">
            {call.direction === 'inbound' ? call.from : call.to}
          </a>
          <span class="quiet clip">
            {call.direction === 'outbound' && 'outbound · '}
            {call.agent}
          </span>
        </div>
        <div {...cell} class="c-flow two">
          <span class="clip">{call.flow}</span>
          <span class="quiet clip">{stateName(call.flowState)}</span>
        </div>
        <div {...cell} class="c-state">
          <Badge tone={toneOf(call.state)} title={call.state}>
            {stateName(call.state)}
          </Badge>
        </div>
        <div {...cell} class="c-node two" title={whereTitle(call)}>
          <span class="clip">{nodeName(call.node)}</span>
          <span class="quiet clip">
            {call.cameFrom === null ? call.placement : `from ${nodeName(call.cameFrom)}`}
          </span>
        </div>
        <div {...cell} class="c-providers two">
          <span class="clip">
            {call.recognition} · {call.synthesis}
          </span>
          <span class="quiet clip">{call.model ?? 'the flow itself'}</span>
        </div>
        <div {...cell} class={slow ? 'c-response slow' : 'c-response'}>
          <Sparkline values={responses} max={SPARK_MAX_MS} isSlow={slow} />
          <span>
            {latency(call.responseMs)}
            {slow && <span class="hidden-visually"> (slow)</span>}
          </span>
        </div>
        <div {...cell} class="c-duration num">
          <Ticking startedAt={call.startedAt} />
        </div>
        <div {...cell} class="c-cost num">
          {cost(call.costUsd)}
        </div>
        <div {...cell} class="c-warnings num">
          {call.warnings > 0 ? <Badge tone="warn">{call.warnings}</Badge> : <span class="quiet">–</span>}
        </div>
      </div>
    );
  }
}

/** Bound to the clock by itself: the row is not drawn again every second. */
function Ticking({ startedAt }: { startedAt: number }) {
  const text = useComputed(() => duration(secondTick.value - startedAt));
  return <>{text}</>;
}

function whereTitle({ node, placement, cameFrom }: CallRow): string {
  const is = `Runs ${placement === 'edge' ? 'at the edge' : 'in the cloud'} on ${node}`;
  return cameFrom === null
    ? is
    : `${is}; it came from ${cameFrom === node ? 'there, when it had died' : cameFrom}`;
}

/** Floors in which something is wrong, and one in which the caller waits. */
function toneOf(state: string): 'usual' | 'warn' | 'accent' | 'caller' {
  const floor = state.replace(/^floor\./, '');
  if (floor.startsWith('faltering')) return 'warn';
  if (floor.startsWith('replying')) return 'accent';
  if (floor.startsWith('listening.hearing') || floor.startsWith('bargingIn')) return 'caller';
  return 'usual';
}
