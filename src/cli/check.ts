import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { Command } from 'commander';
import { systemClock } from '../../runtime/clock.ts';
import { type CheckOptions, checkFlows } from '../check/check-flow.ts';
import { embeddedDictionary } from '../check/embedded-dictionary.ts';
import type { Severity } from '../check/finding.ts';
import type { FlowText } from '../check/flow-text.ts';
import { findFlowText, readFlowTexts } from '../check/flow-texts.ts';
import { type CheckedText, reportText, rulesText } from '../check/report.ts';
import { rules } from '../check/rules/index.ts';
import { watchFlows } from '../check/watch-flows.ts';
import { partsFolder } from '../flows/flows.ts';
import { defaultFlowFolder } from '../flows/folder.ts';
import { openTools } from '../tools/index.ts';

interface Given {
  flows?: string;
  json: boolean;
  strict: boolean;
  watch: boolean;
  rules: boolean;
}

/** `check`: finds what is wrong with flows before a caller does. */
export function checkCommand(): Command {
  return new Command('check')
    .description('find what is wrong with flows: what XState lets pass, and what fails on a phone')
    .argument('[flows...]', 'names of flows or of parts, or paths of files; all when none is given')
    .option('--flows <dir>', 'folder of the flows; FLOWS_DIR by default')
    .option('--json', 'print the findings as JSON', false)
    .option('--strict', 'fail on warnings, too', false)
    .option('--watch', 'check again whenever a file is saved, until Ctrl-C', false)
    .option('--rules', 'list every rule with its reason, and check nothing', false)
    .action(async (names: string[], given: Given) => {
      if (given.rules)
        return print(given.json ? JSON.stringify(rules.map(ruleRow), null, 2) : rulesText(rules, style()));
      const folder = given.flows ?? process.env.FLOWS_DIR ?? defaultFlowFolder();
      const read = () => readNamed(names, folder);
      const options: CheckOptions = {
        tools: openTools({ clock: systemClock, toolDelayMs: 0 }),
        findUnknownWords: embeddedDictionary(),
      };
      if (given.watch) return watch(folder, read, texts => check(texts, options, given));
      const checked = await check(await read(), options, given);
      if (fails(checked, given.strict ? ['error', 'warning'] : ['error'])) process.exitCode = 1;
    });
}

async function readNamed(names: readonly string[], folder: string): Promise<FlowText[]> {
  if (names.length > 0) return Promise.all(names.map(name => findFlowText(name, folder)));
  const texts = await readFlowTexts(folder);
  if (texts.length === 0) throw new Error(`There is no flow in ${folder}. Name a folder with --flows.`);
  return texts;
}

async function check(
  texts: readonly FlowText[],
  options: CheckOptions,
  { json }: Given,
): Promise<CheckedText[]> {
  const found = await checkFlows(texts, options);
  const checked = texts.map(({ name, file }, index) => ({ name, file, findings: found[index] ?? [] }));
  print(
    json
      ? JSON.stringify({ checked: texts.map(({ name }) => name), findings: found.flat() }, null, 2)
      : reportText(checked, style()),
  );
  return checked;
}

async function watch(
  folder: string,
  read: () => Promise<FlowText[]>,
  checkAll: (texts: FlowText[]) => Promise<unknown>,
): Promise<void> {
  const folders = new Set([folder, partsFolder(folder)].filter(existsSync));
  for (const { file } of await read()) folders.add(dirname(file));
  const watched = await watchFlows([...folders], {
    clock: systemClock,
    read,
    onChange: async texts => void (await checkAll(texts)),
    onError: error => console.error(error instanceof Error ? error.message : error),
  });
  console.error('Watching. Ctrl-C ends it.');
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => watched.close());
}

function fails(checked: readonly CheckedText[], severities: readonly Severity[]): boolean {
  return checked.some(({ findings }) => findings.some(({ severity }) => severities.includes(severity)));
}

function ruleRow({ name, severity, why }: (typeof rules)[number]) {
  return { name, severity, why };
}

function style() {
  const colours = process.stdout.isTTY === true && !process.env.NO_COLOR && process.env.TERM !== 'dumb';
  return { colours, folder: process.cwd() };
}

function print(text: string): void {
  console.log(text);
}
