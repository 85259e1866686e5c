import { appendFile, readFile } from 'node:fs/promises';
import type { Flow } from '../flows/flows.ts';
import type { Rehearsal } from '../rehearsal/rehearsal.ts';
import { Moment } from '../scenarios/moment.ts';
import { toYaml, type WrittenScenario } from '../scenarios/propose/write-scenario.ts';
import { parseScenarios, readScenarios, scenarioFileOf } from '../scenarios/read-scenarios.ts';
import type { Act } from './conversation.ts';
import { carryOut, untilMomentOf } from './perform.ts';
import { type RehearsedOptions, rehearse } from './rehearsed.ts';

/** Adds the conversation to the scenarios of its flow; gives the file. Throws when one has this name already. */
export async function saveScenario(
  name: string,
  acts: readonly Act[],
  options: RehearsedOptions,
): Promise<string> {
  const file = scenarioFileOf(options.flow.file);
  const known = await readScenarios(file);
  if (known.some(scenario => scenario.name === name))
    throw new Error(`There is a scenario of this name in ${file}: choose another.`);

  const yaml = toYaml([await asScenario(name, acts, options)]);
  // What is not read back as it was written would only be found by the next test.
  parseScenarios(file, yaml);
  const before = await readFile(file, 'utf8').catch(() => '');
  const gap = before === '' ? '' : before.endsWith('\n') ? '\n' : '\n\n';
  await appendFile(file, `${gap}${yaml}`);
  return file;
}

/** The conversation as a scenario that expects at each step what came of it. Goes through it once more. */
async function asScenario(
  name: string,
  acts: readonly Act[],
  options: RehearsedOptions,
): Promise<WrittenScenario> {
  const memory = options.memory.copy();
  memory.rewind();
  const rehearsal = rehearse({ ...options, memory });
  const steps: Record<string, unknown>[] = [];
  for (const [index, act] of acts.entries()) {
    await untilMomentOf(rehearsal, act);
    const step = new Step(rehearsal, act);
    await carryOut(rehearsal, act);
    // Who waits for what is expected waits until the agent has finished.
    const isCutInto = acts[index + 1]?.afterWords !== undefined;
    if (!isCutInto) await rehearsal.untilListening();
    steps.push(isCutInto ? step.written : { ...step.written, expect: step.expectation(rehearsal) });
  }
  await rehearsal.end();
  const { language, flow, model } = options;
  return {
    name,
    ...(isOther(language, flow) && { language }),
    ...(model && { given: { model: 'hosted' } }),
    steps,
  };
}

class Step {
  readonly written: Record<string, unknown>;
  readonly #moment: Moment;
  readonly #does: Act['do'];

  constructor(rehearsal: Rehearsal, act: Act) {
    this.#moment = new Moment(rehearsal);
    this.#does = act.do;
    this.written = {
      ...actionOf(act),
      ...(act.afterWords !== undefined && { 'after words': act.afterWords }),
    };
  }

  expectation(rehearsal: Rehearsal): Record<string, unknown> {
    const { choices } = this.#moment;
    const [only = 'none', ...others] = choices;
    return {
      ...(this.#does !== 'hangUp' && { flow: rehearsal.flow.state }),
      ...((this.#does === 'say' || this.#does === 'press') && {
        choice: others.length > 0 ? choices : only,
      }),
      ...(rehearsal.hasEnded && { 'ended with': rehearsal.call.summarise().outcome }),
    };
  }
}

function actionOf(act: Act): Record<string, unknown> {
  if (act.do === 'say') return { caller: act.text };
  if (act.do === 'press') return { keys: act.keys };
  if (act.do === 'wait') return { silence: act.ms % 1_000 === 0 ? `${act.ms / 1_000}s` : `${act.ms}ms` };
  return { 'hangs up': true };
}

function isOther(language: string, { info }: Flow): boolean {
  return language.split('-')[0] !== info.languages[0];
}
