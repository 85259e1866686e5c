import './softphone.css';
import { Chart } from '../components/chart.tsx';
import { EmptyState, ErrorState, Skeleton } from '../components/state-block.tsx';
import { api } from '../shell/api.ts';
import { stateName } from '../shell/format.ts';
import type { LiveCall } from '../shell/live.ts';
import { useLoad } from '../shell/load.ts';
import { query, setQuery } from '../shell/router.ts';
import type { CallStep, SoftphoneChoices } from '../shell/types.ts';
import { CallPanel } from './call-panel.tsx';
import { DialPanel } from './dial-panel.tsx';
import { phone } from './phone.ts';
import { TranscriptView } from './transcript-view.tsx';

/** A telephone to the agent, and beside it what the agent makes of the call. */
export function SoftphonePage() {
  const { state, again } = useLoad(
    signal => api<SoftphoneChoices>('/api/softphone', { signal }),
    'softphone',
  );
  const loaded = state.value;
  if (loaded.is === 'loading')
    return (
      <div class="page">
        <Skeleton label="The softphone is loading" />
      </div>
    );
  if (loaded.is === 'failed')
    return (
      <div class="page">
        <ErrorState title="The softphone cannot be used" error={loaded.error} again={again} />
      </div>
    );
  const choices = loaded.value;
  const first = choices.flows.find(({ isServed }) => isServed) ?? choices.flows[0];
  if (!first)
    return (
      <div class="page">
        <EmptyState title="There is no flow to call" icon="flows">
          Put a flow into the folder of flows, and load this page again.
        </EmptyState>
      </div>
    );

  const asked = query.value.get('flow');
  const flow = choices.flows.find(({ name }) => name === asked)?.name ?? first.name;
  return <Ready choices={choices} flow={flow} />;
}

function Ready({ choices, flow }: { choices: SoftphoneChoices; flow: string }) {
  const call = phone.call.value;
  const stream = phone.stream.value;
  const { description } = choices.flows.find(({ name }) => name === flow) ?? { description: '' };
  return (
    <div class="page fixed softphone">
      <div class="panel softphone-phone">
        {phone.isOn ? (
          <CallPanel />
        ) : (
          <DialPanel
            choices={choices}
            flow={flow}
            onFlow={name => {
              phone.putDown();
              setQuery({ flow: name });
            }}
          />
        )}
      </div>
      <section class="panel softphone-words" aria-label="Conversation">
        <div class="panel-head">
          <h2>Conversation</h2>
          {call && stream && (
            <div class="actions">
              <a class="button plain" href={`/calls/${stream.callSid}`}>
                Look inside
              </a>
            </div>
          )}
        </div>
        {call ? (
          <TranscriptView call={call} />
        ) : (
          <EmptyState title="Nothing said yet" icon="phone">
            {description || 'What you and the agent say appears here.'}
          </EmptyState>
        )}
        {call && <Open call={call} />}
      </section>
      <section class="panel softphone-chart" aria-label="Flow">
        <div class="panel-head">
          <h2>{stream?.flow ?? flow}</h2>
          {call && <WhereItIs call={call} />}
        </div>
        {call && stream ? (
          <LiveChart call={call} src={chartOf(stream.flow, stream.flowVersion)} name={stream.flow} />
        ) : (
          <Chart src={chartOf(flow)} label={`The flow ${flow}`} />
        )}
      </section>
    </div>
  );
}

const NOTHING: readonly string[] = [];

function LiveChart({ call, src, name }: { call: LiveCall; src: string; name: string }) {
  const flow = lastFlow(call);
  return (
    <Chart
      src={src}
      label={`The flow ${name}`}
      lit={flow?.states ?? NOTHING}
      taken={lastTaken(call)}
      follow={flow?.states.at(-1) ?? null}
    />
  );
}

function WhereItIs({ call }: { call: LiveCall }) {
  const state = lastFlow(call)?.state;
  return state ? (
    <span class="actions badge accent" role="status">
      {stateName(state)}
    </span>
  ) : null;
}

/** What the flow waits for here, and what it has found out. */
function Open({ call }: { call: LiveCall }) {
  const flow = lastFlow(call);
  if (!flow || call.summary.value) return null;
  const facts = Object.entries(flow.facts).filter(([, value]) => value !== null && value !== undefined);
  return (
    <div class="softphone-open">
      {flow.choices.length > 0 && (
        <>
          <h3>The agent understands</h3>
          <ul>
            {flow.choices.map(({ event, description }) => (
              <li key={event}>{description}</li>
            ))}
          </ul>
        </>
      )}
      {facts.length > 0 && (
        <dl>
          {facts.map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{String(value)}</dd>
            </div>
          ))}
        </dl>
      )}
    </div>
  );
}

/** The way that led to where the flow is. */
function lastTaken(call: LiveCall): readonly string[] {
  return call.steps.findLast(({ flow }) => flow && flow.transitions.length > 0)?.flow?.transitions ?? NOTHING;
}

/** Steps that moved only the call's own chart leave the flow where it was. */
function lastFlow(call: LiveCall): CallStep['flow'] {
  void call.revision.value;
  return call.steps.findLast(({ flow }) => flow !== null)?.flow ?? null;
}

function chartOf(flow: string, version?: string): string {
  const query = version ? `?version=${encodeURIComponent(version)}` : '';
  return `/api/charts/flows/${encodeURIComponent(flow)}.svg${query}`;
}
