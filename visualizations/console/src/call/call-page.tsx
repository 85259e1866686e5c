import { useComputed, useSignal } from '@preact/signals';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { EmptyState, ErrorState, Skeleton } from '../components/state-block.tsx';
import { Tabs } from '../components/tabs.tsx';
import { toast } from '../components/toast.tsx';
import { ApiError } from '../shell/api.ts';
import { words } from '../shell/format.ts';
import './call.css';
import './dock.css';
import './panels.css';
import './transcript.css';
import { type CallData, openCall } from './call-data.ts';
import { CallHead } from './call-head.tsx';
import { ChartPanel } from './chart-panel.tsx';
import { Dock } from './dock.tsx';
import { EventLog } from './event-log.tsx';
import { FactsPanel } from './facts.tsx';
import { useIsNarrow } from './narrow.ts';
import { Playback } from './playback.ts';
import { Timeline } from './timeline.ts';
import { Timing } from './timing.tsx';
import { Transcript } from './transcript.tsx';

const PANELS = [
  { id: 'transcript', label: 'Transcript' },
  { id: 'charts', label: 'Charts' },
  { id: 'timing', label: 'Timing' },
  { id: 'facts', label: 'Facts' },
  { id: 'log', label: 'Log' },
] as const;

/** One call, live or recorded. */
export function CallPage({ callSid }: { callSid: string }) {
  const attempt = useSignal(0);
  const parts = useMemo(() => {
    const data = openCall(callSid);
    const timeline = new Timeline(data);
    return { data, timeline, playback: new Playback(timeline) };
  }, [callSid, attempt.value]);
  useEffect(
    () => () => {
      parts.playback.close();
      parts.timeline.close();
      parts.data.stop();
    },
    [parts],
  );
  const { data, timeline, playback } = parts;
  useNewsOfTheEnd(data);
  const isKnown = useComputed(() => data.opening.value !== null);
  // The page's frame stays while what it shows changes.
  const { failure } = data;

  if (failure.value)
    return (
      <Failure
        error={failure.value}
        callSid={callSid}
        again={() => {
          attempt.value++;
        }}
      />
    );
  if (!isKnown.value)
    return (
      <div class="page">
        <Skeleton label="The call is loading" lines={9} />
      </div>
    );
  return (
    <div class="page fixed call-page">
      <CallHead timeline={timeline} />
      <Panels timeline={timeline} />
      <Dock timeline={timeline} playback={playback} />
    </div>
  );
}

function Panels({ timeline }: { timeline: Timeline }) {
  const isNarrow = useIsNarrow();
  const chosen = useSignal<string>('transcript');
  const tabs = PANELS.filter(({ id }) => isNarrow || id !== 'charts');
  const selected = tabs.some(({ id }) => id === chosen.value) ? chosen.value : 'transcript';

  return (
    <div class="call-panels">
      {!isNarrow && <ChartPanel timeline={timeline} />}
      <section class="panel call-words" aria-label="What happened">
        <Tabs
          label="What happened"
          tabs={tabs}
          selected={selected}
          onSelect={id => {
            chosen.value = id;
          }}
          panelClass="call-panel"
        >
          {selected === 'transcript' && <Transcript timeline={timeline} />}
          {selected === 'charts' && <ChartPanel timeline={timeline} />}
          {selected === 'timing' && <Timing timeline={timeline} />}
          {selected === 'facts' && <FactsPanel timeline={timeline} />}
          {selected === 'log' && <EventLog timeline={timeline} />}
        </Tabs>
      </section>
    </div>
  );
}

/** A call that ends while somebody looks becomes its record, where they are. */
function useNewsOfTheEnd({ opening }: CallData): void {
  const wasLive = useRef(false);
  const summary = opening.value?.summary ?? null;
  const status = opening.value?.status;
  useEffect(() => {
    if (status === 'live') wasLive.current = true;
    if (status !== 'ended' || !wasLive.current) return;
    wasLive.current = false;
    toast(`The call has ended${summary ? `: ${words(summary.outcome)}` : ''}. You see its record now.`);
  }, [status]);
}

function Failure({ error, callSid, again }: { error: Error; callSid: string; again(): void }) {
  const isUnknown = error instanceof ApiError && error.status === 404;
  return (
    <div class="page">
      {isUnknown ? (
        <EmptyState title="There is no such call" icon="search" actions={<a href="/calls">All calls</a>}>
          Nothing is known here of {callSid}. It may be older than what is kept, or of another server.
        </EmptyState>
      ) : (
        <ErrorState title="The call cannot be shown" error={error} again={again} />
      )}
    </div>
  );
}
