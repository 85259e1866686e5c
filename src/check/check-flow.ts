import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Finding, Found, Rule } from './finding.ts';
import { type FlowFile, type FlowText, isPartFile, readFlowText } from './flow-text.ts';
import { readPartTexts } from './flow-texts.ts';
import { chartRules, textRules } from './rules/index.ts';
import { type FindUnknownWords, type KnownTool, Subject, type World } from './subject.ts';

/** What the flows are checked against. */
export interface CheckOptions {
  /** The tools there are, by name. */
  tools: ReadonlyMap<string, KnownTool>;
  /** The parts there are; those in the folder `parts` beside the flow when absent. */
  parts?: readonly FlowText[];
  findUnknownWords?: FindUnknownWords | undefined;
}

/**
 * Finds what is wrong with a flow: with its text as it is given (from an editor, say), or with the file of a flow that
 * was loaded. The findings come in the order of the text. Throws only when a file cannot be read.
 */
export async function checkFlow(
  flow: FlowText | { name: string; file: string },
  options: CheckOptions,
): Promise<Finding[]> {
  const source =
    'text' in flow ? flow : { name: flow.name, file: flow.file, text: await readFile(flow.file, 'utf8') };
  const isPart = isPartFile(source.file);
  const folder = isPart ? dirname(source.file) : join(dirname(source.file), 'parts');
  const [file, ...parts] = await Promise.all([
    readFlowText(source),
    ...(options.parts ?? (await readPartTexts(folder))).map(readFlowText),
  ]);
  return checkFile(file, isPart, {
    tools: options.tools,
    parts: new Map(parts.map(part => [part.name, part])),
    findUnknownWords: options.findUnknownWords,
  });
}

/** Finds what is wrong with a flow that has been read. Pure. */
export function checkFile(file: FlowFile, isPart: boolean, world: World): Finding[] {
  const subject = new Subject(file, isPart, world);
  const inForce = file.textFaults.length > 0 ? textRules : chartRules;
  const found = inForce.flatMap(rule =>
    [...rule.find(subject)].map(each => toFinding(file.name, rule, each)),
  );
  const order = (finding: Finding) =>
    finding.file === file.file ? (finding.line ?? 0) : Number.MAX_SAFE_INTEGER;
  return distinct(found).sort((one, other) => order(one) - order(other));
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

/** A part that is used twice would tell its faults twice. */
function distinct(findings: readonly Finding[]): Finding[] {
  const byText = new Map(
    findings.map(finding => [
      JSON.stringify([finding.rule, finding.file, finding.line, finding.problem]),
      finding,
    ]),
  );
  return [...byText.values()];
}
