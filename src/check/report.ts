import { relative } from 'node:path';
import type { Finding, Rule, Severity } from './finding.ts';

export interface ReportStyle {
  /** Whether the reader's terminal shows colours. */
  colours: boolean;
  /** Folder that paths are shown from. */
  folder: string;
}

/** A flow that was checked, with what was found. */
export interface CheckedText {
  name: string;
  file: string;
  findings: readonly Finding[];
}

const COLOUR: Readonly<Record<Severity, string>> = { error: '31', warning: '33', hint: '36' };
const BOLD = '1';
const FAINT = '2';

/** The findings as a person reads them, those of a flow together, each with why it matters and how to mend it. */
export function reportText(checked: readonly CheckedText[], style: ReportStyle): string {
  const paint = painter(style);
  const blocks = checked
    .filter(({ findings }) => findings.length > 0)
    .map(({ name, file, findings }) =>
      [
        `${paint(BOLD, name)}  ${paint(FAINT, relative(style.folder, file))}`,
        ...findings.map(finding => findingText(finding, file, style)),
      ].join('\n'),
    );
  return [...blocks, summaryText(checked)].join('\n\n');
}

function findingText(finding: Finding, flowFile: string, style: ReportStyle): string {
  const { severity, rule, state, transition, file, line, problem, why, mend } = finding;
  const paint = painter(style);
  const where = [state || '(the chart)', transition].filter(Boolean).join(' › ');
  const place = file === flowFile ? `line ${line}` : `${relative(style.folder, file)}:${line}`;
  return [
    `  ${paint(COLOUR[severity], severity.padEnd(7))} ${paint(BOLD, where)}  ${paint(FAINT, `${place}  ${rule}`)}`,
    `          ${problem}`,
    `          ${paint(FAINT, why)}`,
    `          → ${mend}`,
  ].join('\n');
}

/** “2 flows checked: 1 error, 3 warnings.” */
export function summaryText(checked: readonly CheckedText[]): string {
  const findings = checked.flatMap(each => each.findings);
  const counts = (['error', 'warning', 'hint'] as const)
    .map(severity => ({ severity, count: findings.filter(finding => finding.severity === severity).length }))
    .filter(({ count }) => count > 0)
    .map(({ severity, count }) => plural(count, severity));
  return `${plural(checked.length, 'flow')} checked: ${counts.join(', ') || 'nothing to mend'}.`;
}

/** Every rule with its reason. */
export function rulesText(rules: readonly Rule[], style: Pick<ReportStyle, 'colours'>): string {
  const paint = painter(style);
  const width = Math.max(...rules.map(({ name }) => name.length));
  return rules
    .map(
      ({ name, severity, why }) =>
        `${paint(COLOUR[severity], severity.padEnd(7))}  ${name.padEnd(width)}  ${why}`,
    )
    .join('\n');
}

function painter({ colours }: Pick<ReportStyle, 'colours'>): (code: string, text: string) => string {
  return (code, text) => (colours ? `\u001b[${code}m${text}\u001b[0m` : text);
}

function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}
