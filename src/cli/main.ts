#!/usr/bin/env node
import { Command } from 'commander';
import { VERSION } from '../version.ts';
import { callCommand } from './call.ts';
import { companyCommand } from './company.ts';
import { demoCommand } from './demo.ts';
import { drawCommand } from './draw.ts';
import { emulatorsCommand } from './emulators.ts';
import { serveCommand } from './serve.ts';

const program = new Command('aybiza')
  .description('An actor-model orchestrator for AI phone calls: every call is one XState statechart.')
  .version(VERSION)
  .addCommand(serveCommand())
  .addCommand(demoCommand())
  .addCommand(callCommand())
  .addCommand(companyCommand())
  .addCommand(drawCommand())
  .addCommand(emulatorsCommand());

try {
  await program.parseAsync();
} catch (error) {
  // Errors of the product say what to do; a stack would only hide it.
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
