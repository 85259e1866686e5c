import './calls.css';
import { useEffect, useMemo } from 'preact/hooks';
import { InspectButton } from '../components/inspect-button.tsx';
import { Tabs } from '../components/tabs.tsx';
import { type LiveCalls, watchCalls } from '../shell/live.ts';
import { navigate, query } from '../shell/router.ts';
import { EndedCalls } from './ended-calls.tsx';
import { isSlow } from './list-query.ts';
import { LiveCallsView } from './live-calls.tsx';

/** Calls that are live, and those that were. */
export function CallsPage() {
  const live = useMemo(watchCalls, []);
  useEffect(() => () => live.stop(), [live]);
  const tab = query.value.get('tab') === 'ended' ? 'ended' : 'live';
  const isTold = live.revision.value > 0;

  return (
    <div class="page fixed calls">
      <div class="page-head">
        <h1>Calls</h1>
        {isTold && tab === 'live' && live.calls.size > 0 && <Figures live={live} />}
        {tab === 'live' && <InspectButton call={null} />}
      </div>
      <Tabs
        label="Calls"
        tabs={[
          { id: 'live', label: 'Live', ...(isTold && { count: live.calls.size }) },
          { id: 'ended', label: 'Ended' },
        ]}
        selected={tab}
        onSelect={id => navigate(id === 'ended' ? '/calls?tab=ended' : '/calls', { replace: true })}
        panelClass="calls-panel"
      >
        {tab === 'live' ? <LiveCallsView live={live} /> : <EndedCalls />}
      </Tabs>
    </div>
  );
}

/** How it goes, at a glance. */
function Figures({ live }: { live: LiveCalls }) {
  let caller = 0;
  let agent = 0;
  let slow = 0;
  let warned = 0;
  for (const call of live.calls.values()) {
    if (call.speaking === 'caller') caller++;
    else if (call.speaking === 'agent') agent++;
    if (isSlow(call)) slow++;
    if (call.warnings > 0) warned++;
  }
  const figures = [
    ['caller speaking', caller, 'caller'],
    ['agent speaking', agent, 'agent'],
    ['slow', slow, slow > 0 ? 'warn' : ''],
    ['with warnings', warned, warned > 0 ? 'warn' : ''],
  ] as const;
  return (
    <dl class="figures">
      {figures.map(([label, value, tone]) => (
        <div key={label} class={tone}>
          <dt>{label}</dt>
          <dd>{value.toLocaleString()}</dd>
        </div>
      ))}
    </dl>
  );
}
