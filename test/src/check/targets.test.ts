import fc from 'fast-check';
import { expect, it } from 'vitest';
import { flow } from '../../../machines/flow.ts';
import { graft } from '../../../machines/subflows.ts';
import { checkFile } from '../../../src/check/check-flow.ts';
import { readFlowText } from '../../../src/check/flow-text.ts';
import type { Spoilt } from './faults/fault.ts';
import { soundFlow, soundPart, soundTools } from './sound-flow.ts';

function loads(config: object): boolean {
  try {
    const part = flow.createMachine(structuredClone(soundPart) as never);
    graft(flow.createMachine(config as never) as never, new Map([['identify', part as never]]));
    return true;
  } catch {
    return false;
  }
}

async function hasBadTarget(config: object): Promise<boolean> {
  const file = await readFlowText({
    name: 'visits',
    file: '/flows/visits.json',
    text: JSON.stringify(config),
  });
  const part = await readFlowText({
    name: 'identify',
    file: '/flows/parts/identify.json',
    text: JSON.stringify(soundPart),
  });
  const findings = checkFile(file, false, { tools: soundTools, parts: new Map([['identify', part]]) });
  return findings.some(({ rule }) => rule === 'bad-target');
}

const transitions: ((config: Spoilt) => Spoilt)[] = [
  config => config.on['caller.wantsPerson'],
  config => config.states.moved.on['caller.isDone'],
  config => config.states.finding.on['tool.succeeded'][1],
  config => config.states.identifying.onDone,
  config => config.states.choosing.on['caller.saysDay'],
  config => config.states.choosing.states.confirming.on['caller.agrees'],
];
const key = fc.constantFrom('visits', 'moved', 'choosing', 'day', 'confirming', 'identifying', 'nowhere');
const target = fc
  .tuple(fc.constantFrom('', '.', '#'), fc.array(key, { minLength: 1, maxLength: 3 }))
  .map(([sign, keys]) => sign + keys.join('.'));

it('targets are refused where XState refuses them, and nowhere else', async () => {
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...transitions), target, async (find, written) => {
      const config: Spoilt = structuredClone(soundFlow);
      find(config).target = written;
      expect(await hasBadTarget(config), written).toBe(!loads(structuredClone(config)));
    }),
    { numRuns: 100 },
  );
});
