import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { scenarioSchema } from '../../../src/scenarios/json-schema.ts';
import { parseScenarios, ScenarioFileError, scenarioFileOf } from '../../../src/scenarios/read-scenarios.ts';

function problems(text: string): string[] {
  try {
    parseScenarios('flow.scenarios.yaml', text);
  } catch (error) {
    if (error instanceof ScenarioFileError) return error.problems.map(({ line, text }) => `${line}: ${text}`);
    throw error;
  }
  return [];
}

const step = (text: string) => `- name: A call\n  steps:\n${text.replace(/^/gm, '    ')}\n`;

describe('a file of scenarios', () => {
  it('is read with the lines of its steps, times in milliseconds and facts as texts', () => {
    const [scenario] = parseScenarios(
      '/flows/a.scenarios.yaml',
      step(
        '- caller: hello\n  after: 1.2s\n  expect:\n    facts: { number: 1024 }\n    says: hi\n- hangs up',
      ),
    );
    expect(scenario).toMatchObject({
      name: 'A call',
      line: 1,
      steps: [
        { line: 3, caller: 'hello', after: 1_200, expect: { facts: { number: '1024' }, says: ['hi'] } },
        { line: 8, 'hangs up': true },
      ],
    });
  });

  it('stands beside its flow', () => {
    expect(scenarioFileOf('/flows/order-status.ts')).toBe('/flows/order-status.scenarios.yaml');
    expect(scenarioFileOf('/flows/booking.json')).toBe('/flows/booking.scenarios.yaml');
  });

  it.each([
    ['- caler: hello', "3: 'caler' is not known here. Did you mean 'caller'?"],
    ['- expect:\n    flw: greeting', "4: 'flw' is not known here. Did you mean 'flow'?"],
    [
      '- expect:\n    tool: { nme: x }',
      "4: 'nme' is not known here: write the tool’s name, none, or { name: …, input: { … } }.",
    ],
    ['- silence: 9', '3: silence: write a time with its unit, as 300ms, 1.2s or 2min.'],
    ['- keys: 1024', '3: keys: write keys in quotes, as "1024#".'],
    ['- keys: "12e"', '3: keys: a telephone has the keys 0-9, *, # and A-D.'],
    ['- fault: { model: explodes }', '3: model: write fails, stalls, or slow by 2s.'],
    ['- fault: { line: gone }', '3: line: write lost, or lost, back after 3s.'],
    ['- expect: { ended with: finished }', '3: ended with: write one of completed, hungUp,'],
    ['- caller: hello\n  keys: "1"', '3: One step does one thing, not caller and keys: make two of it.'],
    [
      '- silence: 3s\n  after: 1s',
      '3: `after` says when the caller cuts in: write it beside what the caller does.',
    ],
    ['- caller: hi\n  after: 1s\n  after words: 2', '3: Write after or after words, not both.'],
    ['- caller: hi\n  with: { a: 1 }', '3: `with` is for `caller any of` alone.'],
    ['- expect: { says: "/(/" }', '3: says: /(/ is no pattern'],
    ['- caller: hi\n    after: 1s', '3: Nested mappings are not allowed'],
  ])('is refused for %j, with the line', (text, problem) => {
    expect(problems(step(text)).join('\n')).toContain(problem);
  });

  it('tells everything that is wrong at once, in the order of its lines', () => {
    expect(problems('- nam: one\n  steps: []\n- name: two\n  steps:\n    - whistles: true\n')).toEqual([
      '1: name: is missing.',
      "1: 'nam' is not known here. Did you mean 'name'?",
      '2: steps: write at least one step.',
      "5: 'whistles' is not known here. There are: caller, caller any of, wav, keys, silence, noise, hangs up, fault, ….",
    ]);
  });

  it('is known to editors by a schema that is up to date', async () => {
    const kept = await readFile(new URL('../../../machines/scenarios.schema.json', import.meta.url), 'utf8');
    expect(JSON.parse(kept)).toEqual(scenarioSchema());
  });
});
