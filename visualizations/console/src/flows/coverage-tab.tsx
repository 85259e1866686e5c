import { Badge } from '../components/badge.tsx';
import { EmptyState } from '../components/state-block.tsx';
import { count, percent } from '../shell/format.ts';
import type { Study } from './flow-types.ts';

/** Whether the scenarios pass, and what of the flow they never come through. */
export function CoverageTab({ study }: { study: Study }) {
  const { passed, failed, other, problem } = study.scenarios;
  if (passed + failed + other === 0)
    return (
      <EmptyState title="No scenarios" icon="flows">
        {problem ??
          'Write down conversations that must go well, and the check plays them after every change. “aybiza test --propose” writes the first ones.'}
      </EmptyState>
    );
  const { states, transitions } = study.coverage;
  const missed = [...states, ...transitions].filter(({ hits }) => hits === 0);
  return (
    <div class="coverage">
      <p class="signs">
        {passed > 0 && <Badge tone="good">{count(passed, 'scenario')} passed</Badge>}
        {failed > 0 && <Badge tone="bad">{failed} failed</Badge>}
        {other > 0 && <Badge>{other} not played</Badge>}
      </p>
      {problem && <p role="alert">{problem}</p>}
      <dl class="coverage-figures">
        <Figure label="States" parts={states} />
        <Figure label="Transitions" parts={transitions} />
      </dl>
      {missed.length > 0 ? (
        <>
          <h3>Never come through</h3>
          <ul class="missed">
            {missed.map(({ id, name }) => (
              <li key={id}>{name}</li>
            ))}
          </ul>
        </>
      ) : (
        <p class="quiet">The scenarios come through every state and every transition.</p>
      )}
    </div>
  );
}

function Figure({ label, parts }: { label: string; parts: Study['coverage']['states'] }) {
  const covered = parts.filter(({ hits }) => hits > 0).length;
  return (
    <div>
      <dt>{label}</dt>
      <dd>
        <strong>{parts.length === 0 ? '–' : percent(covered / parts.length)}</strong>
        <span class="quiet">
          {covered} of {parts.length}
        </span>
      </dd>
    </div>
  );
}
