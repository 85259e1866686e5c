import { Command } from 'commander';
import { startAllEmulators } from '../emulators/start-all.ts';

/** `emulators`: every provider's wire protocol on loopback ports, to try the product without a key. */
export function emulatorsCommand(): Command {
  return new Command('emulators')
    .description('Emulate every provider on this machine and print the settings that point at them.')
    .option('--first-token <ms>', 'from a request to the first token', Number, 350)
    .option('--token <ms>', 'between two tokens', Number, 20)
    .option('--first-audio <ms>', 'from a sentence to its first audio', Number, 100)
    .action(async (given: { firstToken: number; token: number; firstAudio: number }) => {
      const emulators = await startAllEmulators({
        firstTokenMs: given.firstToken,
        tokenMs: given.token,
        firstAudioMs: given.firstAudio,
      });
      for (const { name, url } of emulators.all) console.error(`${name.padEnd(20)} ${url}`);
      console.error(
        '\nPaste these where you start the server, and choose, for example, LLM_PROVIDER=bedrock,openrouter:\n',
      );
      for (const [name, value] of Object.entries(emulators.env)) console.log(`export ${name}=${value}`);

      const stop = () => void emulators.close();
      process.once('SIGINT', stop);
      process.once('SIGTERM', stop);
    });
}
