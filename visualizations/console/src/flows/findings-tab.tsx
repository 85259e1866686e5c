import { Badge } from '../components/badge.tsx';
import { Button } from '../components/button.tsx';
import { EmptyState } from '../components/state-block.tsx';
import { stateName } from '../shell/format.ts';
import type { Finding } from './flow-types.ts';
import { SEVERITY_TONE } from './study-signs.tsx';

const WEIGHT = { error: 0, warning: 1, hint: 2 } as const;

/** What the check found, the worst first: what, why it matters on a phone, how to mend it. */
export function FindingsTab({
  findings,
  onShow,
}: {
  findings: readonly Finding[];
  onShow(state: string): void;
}) {
  if (findings.length === 0)
    return (
      <EmptyState title="Nothing to mend" icon="good">
        The check found no fault in this flow: every state can be reached, left, and survives a caller who
        says nothing.
      </EmptyState>
    );
  const sorted = [...findings].sort((a, b) => WEIGHT[a.severity] - WEIGHT[b.severity]);
  return (
    <ul class="findings">
      {sorted.map(finding => (
        <li key={`${finding.rule} ${finding.state} ${finding.transition} ${finding.problem}`}>
          <div class="finding-head">
            <Badge tone={SEVERITY_TONE[finding.severity]}>{finding.severity}</Badge>
            {finding.state ? (
              <Button kind="plain" onClick={() => onShow(finding.state)}>
                {stateName(finding.state)}
              </Button>
            ) : (
              <span class="quiet">The whole flow</span>
            )}
            <span class="quiet mono finding-rule">{finding.rule}</span>
          </div>
          <p class="finding-problem">{finding.problem}</p>
          <p class="quiet">{finding.why}</p>
          <p class="finding-mend">
            <strong>Mend it:</strong> {finding.mend}
          </p>
        </li>
      ))}
    </ul>
  );
}
