import './flows.css';
import { Badge } from '../components/badge.tsx';
import { EmptyState, ErrorState, Skeleton } from '../components/state-block.tsx';
import { api } from '../shell/api.ts';
import { count, languageName, shortVersion } from '../shell/format.ts';
import { useLoad } from '../shell/load.ts';
import type { FlowAnswer, ServedFlow } from '../shell/types.ts';
import { CoverageSign, FindingsSign } from './study-signs.tsx';

/** Every flow: who gives it to whom, how it goes, and whether it is sound. */
export function FlowsPage() {
  const { state, again } = useLoad(everyFlow, 'flows');
  const loaded = state.value;
  return (
    <div class="page">
      <div class="page-head">
        <h1>Flows</h1>
      </div>
      {loaded.is === 'loading' && <Skeleton label="Flows are loading" />}
      {loaded.is === 'failed' && (
        <ErrorState title="Flows cannot be read" error={loaded.error} again={again} />
      )}
      {loaded.is === 'ready' &&
        (loaded.value.length > 0 ? (
          <ul class="flow-cards">
            {loaded.value.map(flow => (
              <FlowCard key={`${flow.name} ${flow.version}`} flow={flow} />
            ))}
          </ul>
        ) : (
          <EmptyState title="There is no flow" icon="flows">
            A flow is a statechart in the folder of flows. Put one there, or name the folder with FLOWS_DIR.
          </EmptyState>
        ))}
    </div>
  );
}

async function everyFlow(signal: AbortSignal): Promise<ServedFlow[]> {
  return (await api<{ flows: ServedFlow[] }>('/api/flows', { signal })).flows;
}

function FlowCard({ flow }: { flow: ServedFlow }) {
  // Checking a flow and playing its scenarios takes a moment: the rest does not wait for it.
  const { state } = useLoad(
    signal => api<FlowAnswer>(`/api/flows/${encodeURIComponent(flow.name)}`, { signal }),
    `${flow.name} ${flow.version}`,
  );
  const study = state.value.is === 'ready' ? state.value.value.study : null;
  const isServed = flow.agents.length > 0;
  const isLate = state.value.is === 'loading';
  const liveCalls = Object.values(flow.live).reduce(
    (sum, states) => sum + Object.values(states).reduce((more, calls) => more + calls, 0),
    0,
  );
  return (
    <li class="panel flow-card">
      <div class="flow-card-name">
        <h2>
          <a href={`/flows/${encodeURIComponent(flow.name)}`}>{flow.name}</a>
        </h2>
        {isServed ? (
          <span class="quiet mono" title={`Version ${flow.version}`}>
            {shortVersion(flow.version)}
          </span>
        ) : (
          <Badge>Not in force</Badge>
        )}
      </div>
      <dl>
        <div>
          <dt>Live</dt>
          <dd>
            {liveCalls > 0 ? (
              <Badge tone="accent">{count(liveCalls, 'call')}</Badge>
            ) : (
              <span class="quiet">None</span>
            )}
          </dd>
        </div>
        <div>
          <dt>Languages</dt>
          <dd>{flow.languages.map(languageName).join(', ')}</dd>
        </div>
        <div>
          <dt>Agents</dt>
          <dd>{flow.agents.length > 0 ? <Agents flow={flow} /> : <span class="quiet">None</span>}</dd>
        </div>
        <div>
          <dt>Check</dt>
          <dd>{study ? <FindingsSign findings={study.findings} /> : <Pending isLate={isLate} />}</dd>
        </div>
        <div>
          <dt>Scenarios</dt>
          <dd>{study ? <CoverageSign study={study} /> : <Pending isLate={isLate} />}</dd>
        </div>
      </dl>
    </li>
  );
}

/** Weights as they are set; they are shares only beside those of the agent's other flows. */
function Agents({ flow }: { flow: ServedFlow }) {
  return (
    <>
      {flow.agents.map(({ name, weight }) => (weight === 1 ? name : `${name} (weight ${weight})`)).join(', ')}
    </>
  );
}

function Pending({ isLate }: { isLate: boolean }) {
  return <span class="quiet">{isLate ? 'Being checked …' : 'Not known'}</span>;
}
