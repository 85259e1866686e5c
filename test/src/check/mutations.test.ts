import { describe, expect, it } from 'vitest';
import { SimulatedClock } from '../../../runtime/clock.ts';
import { checkFile, checkFlow } from '../../../src/check/check-flow.ts';
import { embeddedDictionary } from '../../../src/check/embedded-dictionary.ts';
import type { Finding } from '../../../src/check/finding.ts';
import { readFlowText } from '../../../src/check/flow-text.ts';
import { readFlowTexts } from '../../../src/check/flow-texts.ts';
import { rules } from '../../../src/check/rules/index.ts';
import { defaultFlowFolder } from '../../../src/flows/folder.ts';
import { openTools } from '../../../src/tools/index.ts';
import { chartFaults } from './faults/chart-faults.ts';
import { conversationFaults } from './faults/conversation-faults.ts';
import { type Fault, rename, type Spoilt } from './faults/fault.ts';
import { wordingFaults } from './faults/wording-faults.ts';
import { soundFlow, soundPart, soundTools } from './sound-flow.ts';

const faults = [...chartFaults, ...conversationFaults, ...wordingFaults];
const findUnknownWords = embeddedDictionary();

async function findingsOf(edit: Fault['edit']): Promise<Finding[]> {
  const [flow, part] = [structuredClone(soundFlow), structuredClone(soundPart)];
  edit(flow, part);
  return check(JSON.stringify(flow, null, 2), JSON.stringify(part, null, 2));
}

async function check(flowText: string, partText: string, ending = 'json'): Promise<Finding[]> {
  const flow = await readFlowText({ name: 'visits', file: `/flows/visits.${ending}`, text: flowText });
  const part = await readFlowText({ name: 'identify', file: '/flows/parts/identify.json', text: partText });
  const world = { tools: soundTools, parts: new Map([[part.name, part]]), findUnknownWords };
  return [...checkFile(flow, false, world), ...checkFile(part, true, world)];
}

describe('a sound flow', () => {
  it('gives nothing to mend, and neither does its part', async () => {
    expect(await findingsOf(() => {})).toEqual([]);
  });

  it('is each of those that come with the product, and each part', async () => {
    const tools = openTools({ clock: new SimulatedClock(), toolDelayMs: 0 });
    const texts = await readFlowTexts(defaultFlowFolder());
    expect(texts.length).toBeGreaterThan(0);
    for (const text of texts) expect(await checkFlow(text, { tools, findUnknownWords })).toEqual([]);
  });
});

describe('a fault is found by its rule, at its state', () => {
  it.each(faults)('$rule at “$at” $transition ($#)', async ({ rule, at, transition, also = [], edit }) => {
    const findings = await findingsOf(edit);
    const place = { rule, state: at, ...(transition !== undefined && { transition }) };
    expect(findings, JSON.stringify(findings, null, 1)).toContainEqual(expect.objectContaining(place));
    expect(new Set(findings.map(finding => finding.rule))).toEqual(new Set([rule, ...also]));
  });

  it('for every rule', () => {
    const seeded = new Set([
      ...faults.map(({ rule }) => rule),
      ...textFaults.map(({ rule }) => rule),
      'repeated-key',
    ]);
    expect(rules.map(({ name }) => name).filter(name => !seeded.has(name))).toEqual([]);
  });
});

const typescript = (config: object, from = '../flow.ts') =>
  `import { flow } from '${from}';\n\nexport const visits = flow.createMachine(${JSON.stringify(config, null, 2)});\n`;

const textFaults = [
  {
    rule: 'syntax',
    ending: 'json',
    line: 4,
    text: '{\n  "id": "visits",\n  "initial": "greeting"\n  "states": {}\n}',
  },
  {
    rule: 'syntax',
    ending: 'ts',
    line: 4,
    text: "import { flow } from '../flow.ts';\n\nexport const visits = flow.createMachine({\n  initial 'greeting',\n});\n",
  },
  {
    rule: 'foreign-import',
    ending: 'ts',
    line: 2,
    text: "import { flow } from '../flow.ts';\nimport { readFileSync } from 'node:fs';\nexport const visits = flow.createMachine({ context: readFileSync('/etc/hostname') });\n",
  },
  {
    rule: 'no-chart',
    ending: 'ts',
    line: 1,
    text: "import { flow } from '../flow.ts';\n\nconst visits = flow.createMachine({});\nexport const name = typeof visits;\n",
  },
  {
    rule: 'not-loaded',
    ending: 'ts',
    line: 6,
    text: "import { flow } from '../flow.ts';\n\nexport const visits = flow.createMachine({\n  initial: 'greeting',\n  states: {\n    greeting: { on: { 'caller.x': { actions: noteFacts } } },\n  },\n});\n",
  },
] as const;

describe('a file that is no flow', () => {
  it.each(textFaults)('is told of by $rule with its line ($#)', async ({ rule, ending, line, text }) => {
    const findings = await check(text, JSON.stringify(soundPart), ending);
    expect(findings).toMatchObject([{ rule, line, severity: 'error', file: `/flows/visits.${ending}` }]);
  });
});

describe('the place of a finding', () => {
  const lineOf = (text: string, words: string, from = 0) =>
    text.slice(0, text.indexOf(words, text.indexOf('"states"') + from)).split('\n').length;

  it('is the line of the key, in JSON and in TypeScript', async () => {
    const flow: Spoilt = structuredClone(soundFlow);
    rename(flow.states.failed.meta, 'say', 'sayy');
    for (const [ending, text] of [
      ['json', JSON.stringify(flow, null, 2)],
      ['ts', typescript(flow)],
    ] as const) {
      const findings = await check(text, JSON.stringify(soundPart), ending);
      expect(findings).toContainEqual(
        expect.objectContaining({
          rule: 'unknown-key',
          state: 'failed',
          line: lineOf(text, '"sayy"'),
          mend: "Did you mean 'say'?",
        }),
      );
    }
  });

  it('is the line of the second of two keys of the same name', async () => {
    const text = JSON.stringify(soundFlow, null, 2).replace('"moved": {', '"unknown": {},\n    "moved": {');
    const findings = await check(text, JSON.stringify(soundPart));
    expect(findings).toContainEqual(
      expect.objectContaining({
        rule: 'repeated-key',
        state: 'unknown',
        line: lineOf(text, '"unknown": {}'),
      }),
    );
  });

  it('is the part’s file where a part lacks what its flow needs', async () => {
    const part: Spoilt = structuredClone(soundPart);
    part.meta.languages = ['en'];
    part.states.asking.meta.say = 'What is the number of your appointment?';
    part.states.confirming.meta.say = 'I heard {visitNumber:digits}. Is that right?';
    part.on['caller.saysNumber'].meta.phrases = ['{visitNumber}'];
    const findings = await check(JSON.stringify(soundFlow), JSON.stringify(part));
    expect(findings).toContainEqual(
      expect.objectContaining({
        rule: 'missing-translation',
        flow: 'visits',
        state: 'identifying.asking',
        file: '/flows/parts/identify.json',
      }),
    );
  });
});
