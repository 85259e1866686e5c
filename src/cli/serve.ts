import { Command } from 'commander';
import { boot } from '../boot.ts';
import { describeSettings, loadConfig } from '../config.ts';

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
  console.log(
    `aybiza answers calls on ${server.url} (${server.transport}), flow ${Object.keys(config.flow).join(' and ')}.`,
  );
  if (!config.twilioAuthToken)
    console.log('No TWILIO_AUTH_TOKEN: only this machine may call. Try: npm run call -- --say "help"');

  let stopping = false;
  const stop = async (signal: string) => {
    if (stopping) {
      log.warn({}, 'Told to stop twice: ending all calls now.');
      server.hurry();
      return;
    }
    stopping = true;
    console.log(`${signal}: no new calls; ${server.host.size} running may finish. Once more ends them.`);
    await product.shutDown({ drain: true });
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
}

function settingsTable(): string {
  return describeSettings()
    .map(row => `  ${row.name.padEnd(20)} ${row.description} (${row.unit}; default: ${row.default})`)
    .join('\n');
}
