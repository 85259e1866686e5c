#!/usr/bin/env node
import { Command } from 'commander';
import { VERSION } from '../version.ts';

/** One line for each command. Only the one that was asked for is loaded: a server's providers take a while. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  serve: async () => (await import('./serve.ts')).serveCommand(),
  demo: async () => (await import('./demo.ts')).demoCommand(),
  call: async () => (await import('./call.ts')).callCommand(),
  check: async () => (await import('./check.ts')).checkCommand(),
  company: async () => (await import('./company.ts')).companyCommand(),
  draw: async () => (await import('./draw.ts')).drawCommand(),
  talk: async () => (await import('./talk.ts')).talkCommand(),
  test: async () => (await import('./test.ts')).testCommand(),
  inspect: async () => (await import('./inspect.ts')).inspectCommand(),
  replay: async () => (await import('./replay.ts')).replayCommand(),
  results: async () => (await import('./results.ts')).resultsCommand(),
  regions: async () => (await import('./regions.ts')).regionsCommand(),
  edge: async () => (await import('./edge.ts')).edgeCommand(),
  emulators: async () => (await import('./emulators.ts')).emulatorsCommand(),
};

const program = new Command('aybiza')
  .description('An actor-model orchestrator for AI phone calls: every call is one XState statechart.')
  .version(VERSION);

try {
  for (const name of wanted(process.argv[2] ?? '')) program.addCommand(await commands[name]!());
  await program.parseAsync();
} catch (error) {
  // Errors of the product say what to do; a stack would only hide it.
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

/** Help, and whatever else is not a command, is about all of them. */
function wanted(first: string): string[] {
  return Object.hasOwn(commands, first) ? [first] : Object.keys(commands);
}
