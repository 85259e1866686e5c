import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { Command } from 'commander';
import { z } from 'zod';
import { readChart } from '../draw/chart-model.ts';
import { isBareRevision, loadVersion } from '../draw/chart-versions.ts';
import { loadChart, loadCharts } from '../draw/charts.ts';
import { diffCharts, isUnchanged } from '../draw/diff-chart.ts';
import { diffText } from '../draw/diff-words.ts';
import { type Drawing, drawChart, drawModel } from '../draw/draw-chart.ts';
import { mergeCharts } from '../draw/merge-charts.ts';
import type { Coverage } from '../draw/paint-coverage.ts';
import { packageFolder } from '../package-folder.ts';

interface DrawOptions {
  check: boolean;
  out?: string;
  flows?: string;
  diff?: string;
  text: boolean;
  json: boolean;
  exitCode: boolean;
  coverage?: string;
}

/** `draw`: writes the pictures of the charts, or says which are out of date; or shows what differs, or what is covered. */
export function drawCommand(): Command {
  return new Command('draw')
    .description('draw the charts as SVG and as Mermaid text, what changed in one, or what tests cover of it')
    .argument(
      '[names...]',
      'charts to draw, as `call`, the name of a flow, `parts/<name>` or the path of a file; all when none is named',
    )
    .option('--check', 'write nothing; fail when a picture is out of date', false)
    .option(
      '--diff <old>',
      'draw what differs between <old> and the chart named; <old> is a flow, a path, git:<rev> or git:<rev>:<path>',
    )
    .option('--text', 'with --diff: write what differs as text instead of pictures', false)
    .option('--json', 'with --diff: write what differs as JSON instead of pictures', false)
    .option('--exit-code', 'with --diff: exit with 1 when there is a difference', false)
    .option(
      '--coverage <file>',
      'paint how often each state and transition was come through, from a JSON file',
    )
    .option('--flows <dir>', 'where the flows are; the product’s own by default')
    .option('--out <dir>', 'where pictures go: visualizations/; with --diff or --coverage, here')
    .addHelpText('after', EXAMPLES)
    .action(draw);
}

const EXAMPLES = `
Examples:
  aybiza draw order-status --diff git:HEAD        what have I changed?
  aybiza draw --diff old.json new.json --text
  aybiza draw order-status --diff git:main git:my-branch
  aybiza draw order-status --coverage coverage.json`;

async function draw(names: string[], options: DrawOptions): Promise<void> {
  if (options.diff !== undefined) return drawDiff(options.diff, names, options);
  for (const flag of ['text', 'json', 'exitCode'] as const)
    if (options[flag]) throw new Error(`--${flag === 'exitCode' ? 'exit-code' : flag} goes with --diff.`);
  if (options.coverage !== undefined) return drawCoverage(options.coverage, names, options);
  return drawAll(names, options);
}

async function drawAll(names: readonly string[], options: DrawOptions): Promise<void> {
  const folder = options.out ?? join(packageFolder(), 'visualizations');
  const stale: string[] = [];

  for (const { name, machine } of await loadCharts(names, options.flows)) {
    for (const [file, text] of picturesOf(join(folder, name), await drawChart(machine))) {
      if ((await readIfThere(file)) === text) continue;
      stale.push(relative(process.cwd(), file));
      if (!options.check) await write(file, text);
    }
  }
  report(stale, options.check);
}

async function drawDiff(old: string, names: readonly string[], options: DrawOptions): Promise<void> {
  // `draw flow --diff old new` has three names: with two revisions, the third says of which flow.
  const flow = names.find(name => !isBareRevision(name)) ?? null;
  const now = names.length === 2 ? names[1]! : (names[0] ?? null);
  if (now === null || names.length > 2)
    throw new Error(
      'Name the chart that is compared: draw <flow> --diff git:HEAD, or draw --diff <old> <new>.',
    );
  const before = await loadVersion(old, flow, options.flows);
  const after = await loadVersion(now, flow ?? old, options.flows);
  const [modelBefore, modelAfter] = [readChart(before.machine), readChart(after.machine)];
  const diff = diffCharts(modelBefore, modelAfter);

  if (options.json) console.log(JSON.stringify(diff, null, 2));
  else {
    process.stdout.write(diffText(diff, before.label, after.label));
    if (!options.text && !isUnchanged(diff)) {
      const { model, paint } = mergeCharts(modelBefore, modelAfter, {
        before: before.label,
        after: after.label,
      });
      await writePictures(
        join(options.out ?? '.', `${basename(after.name)}.diff`),
        await drawModel(model, paint),
      );
    }
  }
  if (options.exitCode && !isUnchanged(diff)) process.exitCode = 1;
}

async function drawCoverage(file: string, names: readonly string[], options: DrawOptions): Promise<void> {
  if (names.length !== 1)
    throw new Error('Name the one chart that the coverage is of: draw <flow> --coverage <file>.');
  const coverage = await readCoverage(file);
  const { name, machine } = await loadChart(names[0]!, options.flows);
  const drawing = await drawChart(machine, { coverage });
  await writePictures(join(options.out ?? '.', `${basename(name)}.coverage`), drawing);
}

const hits = z.record(z.string(), z.number().int().nonnegative());
const coverageFile = z.object({ states: hits, transitions: hits });

async function readCoverage(file: string): Promise<Coverage> {
  const text = await readFile(file, 'utf8').catch(error => {
    throw new Error(`The coverage file ${file} cannot be read (${error.code}).`);
  });
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (error) {
    throw new Error(`The coverage file ${file} is not JSON: ${(error as Error).message}`);
  }
  const result = coverageFile.safeParse(content);
  if (!result.success)
    throw new Error(
      `The coverage file ${file} is not { "states": { id: hits }, "transitions": { id: hits } }:\n${z.prettifyError(result.error)}`,
    );
  return result.data;
}

function picturesOf(stem: string, { svg, mermaid }: Drawing): [file: string, text: string][] {
  return [
    [`${stem}.svg`, svg],
    [`${stem}.mmd`, mermaid],
  ];
}

async function writePictures(stem: string, drawing: Drawing): Promise<void> {
  for (const [file, text] of picturesOf(stem, drawing)) {
    await write(file, text);
    console.log(`Wrote ${relative(process.cwd(), file)}`);
  }
}

async function write(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
}

function report(stale: readonly string[], check: boolean): void {
  if (stale.length === 0) {
    console.log('The pictures show the charts as they are.');
  } else if (check) {
    console.error(`Out of date: ${stale.join(', ')}. Run \`npm run draw\` and commit the result.`);
    process.exitCode = 1;
  } else {
    for (const file of stale) console.log(`Wrote ${file}`);
  }
}

async function readIfThere(file: string): Promise<string | null> {
  return existsSync(file) ? await readFile(file, 'utf8') : null;
}
