import { useComputed } from '@preact/signals';
import { when, words } from '../shell/format.ts';
import type { Timeline } from './timeline.ts';
import { valueText } from './turn-view.tsx';

/** What the flow knows at the moment, what it waits for, and what does not change about the call. */
export function FactsPanel({ timeline }: { timeline: Timeline }) {
  const flow = useComputed(() => {
    timeline.stepIndex.value;
    return timeline.step?.flow ?? null;
  });
  const { opening } = timeline.data;
  const call = opening.value;
  if (!call) return null;
  const facts = flow.value?.facts ?? (call.chart === 'none' ? call.summary?.facts : undefined) ?? {};
  const known = Object.entries(facts).filter(([, value]) => value !== null && value !== undefined);
  const choices = flow.value?.choices ?? [];

  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
    <section class="call-facts" aria-label="Facts" tabIndex={0}>
      <section>
        <h3>Facts collected</h3>
        {known.length === 0 ? (
          <p class="quiet">None so far.</p>
        ) : (
          <dl>
            {known.map(([name, value]) => (
              <Row key={name} name={words(name)} value={valueText(value)} isStrong />
            ))}
          </dl>
        )}
      </section>
      {choices.length > 0 && (
        <section>
          <h3>What the flow waits for</h3>
          <ul class="call-choices">
            {choices.map(({ event, description }) => (
              <li key={event}>
                <code>{event}</code>
                {description && <span>{description}</span>}
              </li>
            ))}
          </ul>
        </section>
      )}
      <section>
        <h3>The call</h3>
        <dl>
          <Row name="Agent" value={call.agent} />
          <Row name="Flow" value={`${call.flow} ${call.flowVersion.slice(0, 8)}`} />
          <Row name="Language" value={call.language} />
          <Row name="Began" value={when(call.startedAt)} />
          {call.summary && <Row name="Ended" value={when(call.summary.endedAt)} />}
          {call.summary && <Row name="Outcome" value={words(call.summary.outcome)} />}
          <Row name="Node" value={call.node} />
          <Row name="Carrier’s id" value={call.callSid} />
          <Row name="Our id" value={call.callId} />
          {Object.entries(call.parameters).map(([name, value]) => (
            <Row key={name} name={name} value={value} />
          ))}
        </dl>
      </section>
    </section>
  );
}

function Row({ name, value, isStrong = false }: { name: string; value: string; isStrong?: boolean }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd class={isStrong ? 'strong' : ''}>{value}</dd>
    </div>
  );
}
