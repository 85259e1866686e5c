import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { Command } from 'commander';
import { loadCharts } from '../draw/charts.ts';
import { drawChart } from '../draw/draw-chart.ts';
import { packageFolder } from '../package-folder.ts';

interface DrawOptions {
  check?: boolean;
  out: string;
}

/** `draw`: writes the pictures of the charts, or says which are out of date. */
export function drawCommand(): Command {
  return new Command('draw')
    .description('draw the charts as SVG and as Mermaid text')
    .argument('[names...]', 'charts to draw, as `call` or the file name of a flow; all when none is named')
    .option('--check', 'write nothing; fail when a picture is out of date', false)
    .option('--out <dir>', 'where the pictures are', join(packageFolder(), 'visualizations'))
    .action(draw);
}

async function draw(names: string[], options: DrawOptions): Promise<void> {
  const stale: string[] = [];

  for (const { name, machine } of await loadCharts(names)) {
    const { svg, mermaid } = await drawChart(machine);
    for (const [file, text] of [
      [join(options.out, `${name}.svg`), svg],
      [join(options.out, `${name}.mmd`), mermaid],
    ] as const) {
      if ((await readIfThere(file)) === text) continue;
      stale.push(relative(process.cwd(), file));
      if (options.check) continue;
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, text);
    }
  }
  report(stale, options.check ?? false);
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
