import { Badge } from '../components/badge.tsx';
import { EmptyState, ErrorState, Skeleton } from '../components/state-block.tsx';
import { api } from '../shell/api.ts';
import { cost, count, duration, percent, shortVersion, when, words } from '../shell/format.ts';
import { useLoad } from '../shell/load.ts';
import type { Outcome, Rate, ServedFlow, VersionResult } from '../shell/types.ts';

/** What became of the calls of each version in the last thirty days, and who gives the flow to whom. */
export function VersionsTab({ flow, inForce }: { flow: string; inForce: string }) {
  const { state, again } = useLoad(signal => load(flow, signal), flow);
  const loaded = state.value;
  if (loaded.is === 'loading') return <Skeleton label="Results are loading" />;
  if (loaded.is === 'failed')
    return <ErrorState title="Results cannot be read" error={loaded.error} again={again} />;
  const { results, agents } = loaded.value;
  return (
    <div class="versions">
      {agents.length > 0 && <Split agents={agents} flow={flow} />}
      {results.length === 0 && (
        <EmptyState title="No call has ended yet" icon="calls">
          How the calls of each version went appears here.
        </EmptyState>
      )}
      {results.map(result => (
        <Version key={result.version} result={result} isInForce={result.version === inForce} />
      ))}
    </div>
  );
}

function Version({ result, isInForce }: { result: VersionResult; isInForce: boolean }) {
  const outcomes = (Object.entries(result.outcomes) as [Outcome, Rate][]).sort(
    (a, b) => b[1].count - a[1].count,
  );
  return (
    <article class="version">
      <div class="version-head">
        <h3 class="mono">{shortVersion(result.version)}</h3>
        {isInForce && <Badge tone="good">In force</Badge>}
        <span class="quiet">
          {count(result.calls, 'call')}, last {when(result.lastAt)}
        </span>
      </div>
      <ul class="outcomes">
        {outcomes.map(([outcome, rate]) => (
          <li key={outcome} title={`95 % certain: ${percent(rate.low)} to ${percent(rate.high)}`}>
            <span>{words(outcome)}</span>
            <span class="outcome-bar" aria-hidden="true">
              <i style={{ width: `${rate.share * 100}%` }} />
              <b style={{ left: `${rate.low * 100}%`, width: `${(rate.high - rate.low) * 100}%` }} />
            </span>
            <span class="num">{percent(rate.share)}</span>
          </li>
        ))}
      </ul>
      <dl class="version-figures">
        <Figure label="Duration">{duration(result.meanDurationS * 1000)}</Figure>
        <Figure label="Turns">{result.meanTurns.toFixed(1)}</Figure>
        <Figure label="Not understood">{result.notUnderstoodPerHundred.toFixed(1)} %</Figure>
        <Figure label="Cut short">{result.interruptedPerHundred.toFixed(1)} %</Figure>
        <Figure label="Model cost">{cost(result.meanModelCostUsd)}</Figure>
      </dl>
    </article>
  );
}

function Figure({ label, children }: { label: string; children: string | (string | number)[] }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** Which share of an agent's calls the flow gets, beside the agent's other flows. */
function Split({ agents, flow }: { agents: readonly AgentSplit[]; flow: string }) {
  return (
    <div class="splits">
      <h3>Agents</h3>
      {agents.map(({ name, parts }) => {
        const own = parts.filter(part => part.flow === flow).reduce((sum, part) => sum + part.share, 0);
        return (
          <div key={name} class="split">
            <span>{name}</span>
            <span class="outcome-bar" aria-hidden="true">
              <i style={{ width: `${own * 100}%` }} />
            </span>
            <span class="num">{percent(own)}</span>
          </div>
        );
      })}
    </div>
  );
}

interface AgentSplit {
  name: string;
  parts: readonly { flow: string; share: number }[];
}

async function load(
  flow: string,
  signal: AbortSignal,
): Promise<{ results: VersionResult[]; agents: AgentSplit[] }> {
  const [{ results }, { flows }] = await Promise.all([
    api<{ results: VersionResult[] }>(`/api/flows/results?flow=${encodeURIComponent(flow)}`, { signal }),
    api<{ flows: ServedFlow[] }>('/api/flows', { signal }),
  ]);
  return { results, agents: splitsOf(flows, flow) };
}

function splitsOf(flows: readonly ServedFlow[], flow: string): AgentSplit[] {
  const weights = new Map<string, { flow: string; weight: number }[]>();
  for (const served of flows)
    for (const { name, weight } of served.agents)
      weights.set(name, [...(weights.get(name) ?? []), { flow: served.name, weight }]);
  return [...weights]
    .filter(([, parts]) => parts.some(part => part.flow === flow))
    .map(([name, parts]) => {
      const all = parts.reduce((sum, { weight }) => sum + weight, 0);
      return {
        name,
        parts: parts.map(part => ({ flow: part.flow, share: all > 0 ? part.weight / all : 0 })),
      };
    });
}
