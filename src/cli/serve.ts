import { Command } from 'commander';
import { boot } from '../boot.ts';
import { type Config, describeSettings, loadConfig } from '../config.ts';
import type { RunningServer } from '../server.ts';

/** `serve`: answers calls until it is told to stop. */
export function serveCommand(): Command {
  return new Command('serve')
    .description('Answer calls. Settings come from the environment.')
    .option('--watch', 'put edited flows in force for new calls, once they are saved and sound', false)
    .addHelpText('after', () => `\nSettings:\n${settingsTable()}`)
    .action(serve);
}

async function serve({ watch }: { watch: boolean }): Promise<void> {
  const config = loadConfig(process.env);
  const product = await boot(config, { watch, onProgress: message => console.log(`${message}…`) });
  const { server, log } = product;
  for (const line of welcome(config, server)) console.log(line);

  let stopping = false;
  const stop = async (signal: string) => {
    if (stopping) {
      log.warn({}, 'Told to stop twice: ending all calls now.');
      server.hurry();
      return;
    }
    stopping = true;
    console.log(
      `${signal}: no new calls; ${server.host.size} running may finish, or go on at another node. Once more ends them.`,
    );
    await product.shutDown({ drain: true });
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
}

/** One link, which opens on the softphone; and what keeps people from using it. */
export function welcome(
  config: Config,
  { url, transport }: Pick<RunningServer, 'url' | 'transport'>,
): string[] {
  const flows = Object.keys(config.flow).join(' and ');
  return [
    `aybiza answers calls on ${url} (${transport}), flow ${flows}.`,
    'Open this address in a browser to talk to the agent. No microphone? Type there, or: npm run call -- --say "help"',
    ...(config.apiKey ? [] : [withoutKey(config.publicUrl)]),
    ...(config.twilioAuthToken ? [] : ['No TWILIO_AUTH_TOKEN: callers on this machine alone are taken.']),
    ...(config.recording
      ? [`The audio of calls is kept for ${config.recordingDays} days (RECORDING=off keeps none).`]
      : []),
  ];
}

function withoutKey(publicUrl: string | null): string {
  return publicUrl
    ? 'No API_KEY: with PUBLIC_URL set, nobody can use the pages or the API. Set API_KEY and restart.'
    : 'No API_KEY: the pages and the API are open to this machine alone, as is right for development.';
}

function settingsTable(): string {
  return describeSettings()
    .map(row => `  ${row.name.padEnd(20)} ${row.description} (${row.unit}; default: ${row.default})`)
    .join('\n');
}
