import { Badge } from '../components/badge.tsx';
import { count, percent } from '../shell/format.ts';
import { coveredShare, type Finding, type Study } from './flow-types.ts';

export const SEVERITY_TONE = { error: 'bad', warning: 'warn', hint: 'usual' } as const;

/** How many of each weight were found. */
export function FindingsSign({ findings }: { findings: readonly Finding[] }) {
  if (findings.length === 0) return <Badge tone="good">Sound</Badge>;
  const number = (severity: Finding['severity']) =>
    findings.filter(finding => finding.severity === severity).length;
  return (
    <span class="signs">
      {(['error', 'warning', 'hint'] as const)
        .filter(severity => number(severity) > 0)
        .map(severity => (
          <Badge key={severity} tone={SEVERITY_TONE[severity]}>
            {count(number(severity), severity)}
          </Badge>
        ))}
    </span>
  );
}

/** How much of the flow its scenarios come through, and whether they pass. */
export function CoverageSign({ study }: { study: Study }) {
  const { passed, failed, other } = study.scenarios;
  if (passed + failed + other === 0) return <span class="quiet">No scenarios</span>;
  const share = coveredShare(study);
  return (
    <span class="coverage-sign">
      <span class="coverage-bar" aria-hidden="true">
        <i style={{ width: `${share * 100}%` }} />
      </span>
      {percent(share)}
      {failed > 0 && <Badge tone="bad">{failed} failed</Badge>}
    </span>
  );
}
