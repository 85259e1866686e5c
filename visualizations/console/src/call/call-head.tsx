import { useComputed } from '@preact/signals';
import { Badge, type Tone } from '../components/badge.tsx';
import { Icon } from '../components/icon.tsx';
import { InspectButton } from '../components/inspect-button.tsx';
import { duration, when, words } from '../shell/format.ts';
import { liveState } from '../shell/live.ts';
import { session } from '../shell/session.ts';
import type { CallOpening, Outcome } from '../shell/types.ts';
import { placeText } from './place.ts';
import { Supervisor } from './supervisor.tsx';
import type { Timeline } from './timeline.ts';

const TONES: Partial<Record<Outcome, Tone>> = {
  completed: 'good',
  transferred: 'good',
  lineLost: 'warn',
  silence: 'warn',
  tooLong: 'warn',
  overBudget: 'warn',
  interrupted: 'warn',
  providersFailed: 'bad',
};

/** Which call this is, how it stands, and what can be done to it. */
export function CallHead({ timeline }: { timeline: Timeline }) {
  const { opening, isFilling } = timeline.data;
  const call = opening.value as CallOpening;
  const isLive = call.status === 'live';
  return (
    <div class="page-head call-head">
      <a class="button plain icon-only" href="/calls" aria-label="All calls" title="All calls">
        <Icon name="back" />
      </a>
      <div class="call-title">
        <h1>
          {call.direction === 'inbound' ? call.from : call.to}
          <Status call={call} />
          <TakenOver timeline={timeline} />
          {call.redacted && (
            <Badge title="Personal facts, digits, numbers and addresses are replaced by marks">
              Redacted
            </Badge>
          )}
        </h1>
        <p class="quiet">
          <Length timeline={timeline} /> · <Where timeline={timeline} /> ·{' '}
          <a href={`/flows/${encodeURIComponent(call.flow)}`}>{call.flow}</a> ·{' '}
          {call.direction === 'inbound' ? `called ${call.to}` : `was called from ${call.from}`} ·{' '}
          {when(call.startedAt)}
          {isFilling.value && ' · more is loading …'}
        </p>
      </div>
      {isLive && (
        <div class="actions">
          {call.isHere && <InspectButton call={call.callSid} />}
          {session.value?.readOnly === false &&
            (call.isHere ? (
              <Supervisor timeline={timeline} callSid={call.callSid} />
            ) : (
              <span class="quiet">It runs on another node. Step in from the console there.</span>
            ))}
        </div>
      )}
    </div>
  );
}

function Status({ call }: { call: CallOpening }) {
  if (call.status === 'live')
    return liveState.value.is === 'lost' ? (
      <Badge tone="warn" title="The connection to the server is lost: what you see is as it was">
        Live, not connected
      </Badge>
    ) : (
      <Badge tone="accent">Live</Badge>
    );
  const outcome = call.summary?.outcome;
  return <Badge tone={(outcome && TONES[outcome]) ?? 'usual'}>{outcome ? words(outcome) : 'ended'}</Badge>;
}

/** At the moment that is shown. */
function TakenOver({ timeline }: { timeline: Timeline }) {
  const is = useComputed(() => {
    timeline.stepIndex.value;
    return timeline.step?.states.some(state => state.includes('.takenOver')) ?? false;
  });
  return is.value ? <Badge tone="warn">A person speaks for the agent</Badge> : null;
}

/** Where the call is worked on at the moment that is shown. */
function Where({ timeline }: { timeline: Timeline }) {
  return (
    <span class="call-where">
      {useComputed(() => {
        timeline.stepIndex.value;
        const place = timeline.place.value;
        const isMoving = timeline.step?.states.includes('call.live.placement.handingOff');
        return place && placeText(place) + (isMoving ? ', a cloud node is asked' : '');
      })}
    </span>
  );
}

function Length({ timeline }: { timeline: Timeline }) {
  return <>{useComputed(() => duration(timeline.nowMs.value))}</>;
}
