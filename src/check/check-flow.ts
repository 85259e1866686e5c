import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Finding, Found, Rule } from './finding.ts';
import { type FlowFile, type FlowText, isPartFile, readFlowText } from './flow-text.ts';
import { readTextsIn } from './flow-texts.ts';
import { chartRules, textRules } from './rules/index.ts';
import { type FindUnknownWords, type KnownTool, Subject, type World } from './subject.ts';

/** What flows are checked against. */
export interface CheckOptions {
  /** The tools there are, by name. */
  tools: ReadonlyMap<string, KnownTool>;
  /** Absent when the embedded recogniser is not installed. */
  findUnknownWords?: FindUnknownWords | undefined;
}

/** A flow's text, as from an editor, or the file of a flow that was loaded. */
export type CheckedFlow = FlowText | { name: string; file: string };

/**
 * Finds what is wrong with a flow, in the order of its text. Sub-flows are looked for in the folder `parts` beside it.
 * Throws only when a file cannot be read.
 */
export async function checkFlow(flow: CheckedFlow, options: CheckOptions): Promise<Finding[]> {
  const [findings = []] = await checkFlows([flow], options);
  return findings;
}

/** As `checkFlow` for several, each file read once. What is wrong with a part is told of the part, not of flows too. */
export async function checkFlows(flows: readonly CheckedFlow[], options: CheckOptions): Promise<Finding[][]> {
  const files = new Map<string, Promise<FlowFile>>();
  const read = (flow: CheckedFlow): Promise<FlowFile> => {
    const file = files.get(flow.file) ?? readCheckedFlow(flow);
    files.set(flow.file, file);
    return file;
  };
  const own = await Promise.all(flows.map(read));

  const checked = await Promise.all(
    own.map(async file => {
      const isPart = isPartFile(file.file);
      const parts = await readTextsIn(isPart ? dirname(file.file) : join(dirname(file.file), 'parts'));
      const partFiles = await Promise.all(parts.map(read));
      const world = { ...options, parts: new Map(partFiles.map(part => [part.name, part])) };
      return checkFile(file, isPart, world);
    }),
  );

  const toldByPart = new Set(
    own.flatMap((file, index) => (isPartFile(file.file) ? checked[index]!.map(spot) : [])),
  );
  return checked.map((findings, index) =>
    findings.filter(finding => finding.file === own[index]!.file || !toldByPart.has(spot(finding))),
  );
}

/** Finds what is wrong with a flow that has been read. Pure. */
export function checkFile(file: FlowFile, isPart: boolean, world: World): Finding[] {
  const subject = new Subject(file, isPart, world);
  const rules = file.textFaults.length > 0 ? textRules : chartRules;
  const findings = rules.flatMap(rule =>
    [...rule.find(subject)].map(found => toFinding(file.name, rule, found)),
  );
  const inOrder = (finding: Finding) =>
    finding.file === file.file ? (finding.line ?? 0) : Number.MAX_SAFE_INTEGER;
  return distinct(findings).sort((one, other) => inOrder(one) - inOrder(other));
}

async function readCheckedFlow(flow: CheckedFlow): Promise<FlowFile> {
  if ('text' in flow) return readFlowText(flow);
  const { name, file } = flow;
  return readFlowText({ name, file, text: await readFile(file, 'utf8') });
}

function toFinding(flow: string, { name, severity, why }: Rule, { at, problem, mend }: Found): Finding {
  return {
    rule: name,
    severity,
    flow,
    state: at.state,
    ...(at.transition !== undefined && { transition: at.transition }),
    file: at.home.file,
    line: at.home.outline.lineOf(at.path),
    problem,
    why,
    mend,
  };
}

/** A part that takes place twice in a flow would tell its faults twice. */
function distinct(findings: readonly Finding[]): Finding[] {
  return [...new Map(findings.toReversed().map(finding => [spot(finding), finding])).values()].reverse();
}

function spot({ rule, file, line, problem }: Finding): string {
  return JSON.stringify([rule, file, line, problem]);
}
