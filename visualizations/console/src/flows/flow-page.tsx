import './flows.css';
import { useSignal } from '@preact/signals';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { Badge } from '../components/badge.tsx';
import { Button } from '../components/button.tsx';
import { Chart } from '../components/chart.tsx';
import { ErrorState, Skeleton } from '../components/state-block.tsx';
import { Tabs } from '../components/tabs.tsx';
import { api } from '../shell/api.ts';
import { count, languageName, shortVersion } from '../shell/format.ts';
import { type LiveCalls, watchCalls } from '../shell/live.ts';
import { useLoad } from '../shell/load.ts';
import { query, setQuery } from '../shell/router.ts';
import type { FlowAnswer } from '../shell/types.ts';
import { CoverageTab } from './coverage-tab.tsx';
import { FindingsTab } from './findings-tab.tsx';
import { VersionsTab } from './versions-tab.tsx';

/** One flow: its picture with the calls that are in it, what is wrong with it, and how its versions do. */
export function FlowPage({ name }: { name: string }) {
  const { state, again } = useLoad(
    signal => api<FlowAnswer>(`/api/flows/${encodeURIComponent(name)}`, { signal }),
    name,
  );
  const loaded = state.value;
  if (loaded.is === 'ready') return <Ready key={name} flow={loaded.value} />;
  return (
    <div class="page">
      <div class="page-head">
        <h1>{name}</h1>
      </div>
      {loaded.is === 'loading' ? (
        <Skeleton label="The flow is loading" lines={10} />
      ) : (
        <ErrorState title="This flow cannot be shown" error={loaded.error} again={again} />
      )}
    </div>
  );
}

function Ready({ flow }: { flow: FlowAnswer }) {
  const { study } = flow;
  const live = useMemo(watchCalls, []);
  useEffect(() => () => live.stop(), [live]);
  /** The state that a finding is about, brought into view. */
  const shown = useSignal<string | null>(null);
  const showsCoverage = query.value.has('coverage');
  const tab = query.value.get('tab') ?? (study.findings.length > 0 ? 'findings' : 'coverage');
  const tallies = useTallies(live, flow.name);
  const liveCalls = Object.values(tallies).reduce((sum, calls) => sum + calls, 0);
  const found = useMemo(
    () => study.findings.map(({ state }) => state).filter(state => state !== ''),
    [study],
  );
  // What was checked and played is the file: its picture belongs to it, not the one in force.
  const version = (showsCoverage ? study.version : null) ?? flow.version;
  const src = `/api/charts/flows/${encodeURIComponent(flow.name)}.svg?version=${encodeURIComponent(version)}${showsCoverage ? '&coverage=1' : ''}`;

  return (
    <div class="page fixed flow">
      <div class="page-head">
        <h1>{flow.name}</h1>
        <span class="quiet mono" title={`Version ${flow.version}`}>
          {shortVersion(flow.version)}
        </span>
        <span class="quiet">{flow.languages.map(languageName).join(', ')}</span>
        {!flow.isServed && <Badge tone="warn">Not in force</Badge>}
        {flow.isServed && study.version !== flow.version && (
          <Badge tone="warn" title="The file was edited; calls still follow the version in force.">
            File differs
          </Badge>
        )}
        {liveCalls > 0 && <Badge tone="accent">{count(liveCalls, 'live call')}</Badge>}
        <div class="actions">
          <Button
            aria-pressed={showsCoverage}
            onClick={() => setQuery({ coverage: showsCoverage ? null : '1' })}
          >
            Show coverage
          </Button>
          <a class="button primary" href={`/?flow=${encodeURIComponent(flow.name)}`}>
            Call it
          </a>
        </div>
      </div>
      <div class="flow-parts">
        <section class="panel flow-picture" aria-label="Picture">
          <Chart
            src={src}
            label={`The flow ${flow.name}`}
            tallies={tallies}
            found={found}
            follow={shown.value}
          />
        </section>
        <section class="panel flow-study" aria-label="Findings, coverage and versions">
          <Tabs
            label="About this flow"
            tabs={[
              { id: 'findings', label: 'Findings', count: study.findings.length },
              { id: 'coverage', label: 'Scenarios' },
              { id: 'versions', label: 'Versions' },
            ]}
            selected={tab}
            onSelect={id => setQuery({ tab: id })}
            panelClass="flow-tab"
          >
            {tab === 'findings' && (
              <FindingsTab
                findings={study.findings}
                onShow={state => {
                  shown.value = state;
                }}
              />
            )}
            {tab === 'coverage' && <CoverageTab study={study} />}
            {tab === 'versions' && <VersionsTab flow={flow.name} inForce={flow.version} />}
          </Tabs>
        </section>
      </div>
    </div>
  );
}

/** Live calls by state. The same object as long as the numbers are the same: the picture is painted no more than needed. */
function useTallies(live: LiveCalls, flow: string): Readonly<Record<string, number>> {
  void live.revision.value;
  const known = useRef<{ text: string; tallies: Record<string, number> }>({ text: '{}', tallies: {} });
  const tallies: Record<string, number> = {};
  for (const call of live.calls.values())
    if (call.flow === flow) tallies[call.flowState] = (tallies[call.flowState] ?? 0) + 1;
  const text = JSON.stringify(Object.entries(tallies).sort());
  if (text !== known.current.text) known.current = { text, tallies };
  return known.current.tallies;
}
