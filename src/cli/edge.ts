import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { Command } from 'commander';
import { bundleEdge } from '../edge/bundle.ts';
import { type LocalEdge, startLocalEdge } from '../edge/local.ts';
import { describeEdgeSettings, type EdgeSetting, readEdgeConfig } from '../edge/settings.ts';

const DEFAULT_PORT = 8787;

interface EdgeCommandOptions {
  port: number;
  flows?: string;
  data?: string;
  build?: string;
}

/** `edge`: answers calls in the Worker, on this machine; or writes the Worker to a file, for wrangler to deploy. */
export function edgeCommand(): Command {
  return new Command('edge')
    .description(
      'Answer calls at the edge: the Worker in workerd, on this machine. Settings come from the environment.',
    )
    .option('--port <port>', 'port to listen on; 0 picks a free one', Number, DEFAULT_PORT)
    .option(
      '--flows <folder>',
      'folder of the flows that go into the Worker; default: FLOWS_DIR, or the product’s own',
    )
    .option(
      '--data <folder>',
      'where calls and settings survive a restart of this command; default: in memory',
    )
    .option('--build <file>', 'write the Worker to a file and do nothing else')
    .addHelpText('after', () => `\nSettings:\n${settingsTable()}`)
    .action(edge);
}

async function edge({ port, flows, data, build }: EdgeCommandOptions): Promise<void> {
  const flowsDir = flows ?? (process.env.FLOWS_DIR?.trim() || undefined);
  const code = await bundleEdge({ ...(flowsDir && { flowsDir: resolve(flowsDir) }) });
  if (build !== undefined) {
    await mkdir(dirname(resolve(build)), { recursive: true });
    await writeFile(build, code);
    console.log(`Wrote the Worker to ${build} (${Math.round(code.length / 1_024)} KiB).`);
    return;
  }

  const variables = variablesIn(process.env);
  const config = readEdgeConfig(variables);
  const running = await startLocalEdge({ code, variables, port, ...(data && { folder: resolve(data) }) });
  console.log(`The edge answers calls on ${running.url}, in workerd.`);
  console.log(`Call it from another terminal: npx aybiza call --server ${running.url} --say "help"`);
  if (!config.deepgram)
    console.log(
      'No DEEPGRAM_API_KEY: the edge has neither ears nor a voice, so that calls go to the cloud at once. ' +
        'Without a key: npx aybiza emulators.',
    );
  if (Object.keys(config.cloudRegions).length === 0)
    console.log('No CLOUD_REGIONS: calls stay at the edge, and their records wait for a cloud node.');
  stopOnSignal(running);
}

/** What the environment says of the Worker's variables; nothing else of it goes in. */
function variablesIn(env: NodeJS.ProcessEnv): Partial<Record<EdgeSetting, string>> {
  const names = describeEdgeSettings().map(({ name }) => name);
  return Object.fromEntries(names.flatMap(name => (env[name] ? [[name, env[name]]] : [])));
}

function stopOnSignal(running: LocalEdge): void {
  const stop = () => void running.close();
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
}

function settingsTable(): string {
  return describeEdgeSettings()
    .map(row => `  ${row.name.padEnd(24)} ${row.description} (${row.unit}; default: ${row.default})`)
    .join('\n');
}
