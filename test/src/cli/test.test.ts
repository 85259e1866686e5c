import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { readXml } from '../../../src/caller/xml.ts';
import { type TestFlags, test } from '../../../src/cli/test.ts';
import type { Answer } from '../../../src/emulators/openai-compatible/answer.ts';
import { startOpenAiCompatibleEmulator } from '../../../src/emulators/openai-compatible/openai-compatible.ts';
import { parseScenarios } from '../../../src/scenarios/read-scenarios.ts';
import { openAiBrain } from '../../harness/scripted-brain.ts';

const flags: TestFlags = {
  repeat: 1,
  json: false,
  propose: false,
  write: false,
  watch: false,
  schema: false,
};
const KEY = 'sk-rehearsal-1234';
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'aybiza-test-'));
  await cp(
    new URL('../../../machines/flows/order-status.ts', import.meta.url),
    join(folder, 'order-status.ts'),
  );
});

afterEach(() => rm(folder, { recursive: true }));

async function run(scenarios: string, given: Partial<TestFlags> = {}, env: Record<string, string> = {}) {
  await writeFile(join(folder, 'order-status.scenarios.yaml'), scenarios);
  const printed: string[] = [];
  const all = { ...flags, flows: folder, ...given };
  const code = await test(['order-status'], all, line => printed.push(line), { DATA_DIR: folder, ...env });
  return { code, text: printed.join('\n') };
}

const good = '- name: Help is given\n  steps:\n    - caller: help\n      expect: { flow: helping }\n';
const bad =
  '- name: Help is refused\n  steps:\n    - caller: help\n      expect: { flow: goodbye, says: "<no> & never" }\n';
const judged =
  '- name: The agent is polite\n  steps:\n    - caller: help\n      expect: { judge: The agent was polite and promised no date. }\n';

/** An OpenAI-compatible server, and the settings that name it. */
async function hosted(answer: (body: Record<string, unknown>) => Answer) {
  const emulator = await startOpenAiCompatibleEmulator({ apiKey: KEY, answer });
  onTestFinished(() => emulator.close());
  return {
    emulator,
    env: {
      OPENAI_COMPATIBLE_URL: `${emulator.url}/v1`,
      OPENAI_COMPATIBLE_KEY: KEY,
      OPENAI_COMPATIBLE_MODEL: 'rehearsal-1',
    },
  };
}

describe('aybiza test', () => {
  it('is content when every scenario holds', async () => {
    const { code, text } = await run(good);
    expect(code).toBe(0);
    expect(text).toMatch(/✓ Help is given/);
    expect(text).toMatch(/^1 passed: .* × real time\.$/m);
  });

  it('fails with the line, what was expected beside what was, and the call until then', async () => {
    const { code, text } = await run(good + bad);
    expect(code).toBe(1);
    expect(text).toMatch(
      /order-status\.scenarios\.yaml:7 {2}wrong state: expected the flow in goodbye; was helping/,
    );
    expect(text).toMatch(/ s {2}caller {2}“help”\n.* caller\.spoke → floor\.listening\.hearing/);
    expect(text).toMatch(/^1 passed, 1 failed:/m);
  });

  it('fails with every mistake in the file, and plays nothing', async () => {
    const { code, text } = await run('- nam: x\n  steps:\n    - caler: hi\n');
    expect(code).toBe(1);
    expect(text).toMatch(/yaml:1: 'nam' is not known here\. Did you mean 'name'\?/);
    expect(text).toMatch(/yaml:3: 'caler' is not known here\. Did you mean 'caller'\?/);
  });

  it('goes on where one flow is broken or a recording is missing, and fails all the same', async () => {
    await writeFile(join(folder, 'broken.ts'), 'export const broken = 1;');
    const missing = '- name: A recording\n  steps:\n    - wav: nobody.wav\n';
    await writeFile(join(folder, 'order-status.scenarios.yaml'), missing + good);
    const printed: string[] = [];
    const code = await test([], { ...flags, flows: folder }, line => printed.push(line), {
      DATA_DIR: folder,
    });
    expect(code).toBe(1);
    const text = printed.join('\n');
    expect(text).toMatch(/broken\.ts: it exports no chart/);
    expect(text).toMatch(/✗ A recording.*\n.*stuck: expected the call to go on; was .*nobody\.wav: ENOENT/);
    expect(text).toMatch(/^1 passed, 1 failed:/m);
  });

  it('tells of a failed call until the step that failed, and not of its being hung up', async () => {
    const { text } = await run(bad);
    expect(text).not.toMatch(/caller\.hungUp/);
  });

  it('plays only what is named, and says when nothing is', async () => {
    expect(await run(good + bad, { grep: /given/i })).toMatchObject({ code: 0 });
    const { code, text } = await run(good, { grep: /nothing/ });
    expect({ code, text }).toMatchObject({
      code: 0,
      text: expect.stringContaining('no scenario of this name'),
    });
  });

  it('counts failures by kind over many runs', async () => {
    const { code, text } = await run(good + bad, { repeat: 4 });
    expect(code).toBe(1);
    expect(text).toMatch(
      /Help is refused: 4 of 4 failed \(100 %\), wrong state 4\n {2}1 of 2 scenarios never failed\./,
    );
    // The first failure tells enough.
    expect(text.match(/wrong state: expected/g)).toHaveLength(1);
  });

  it('writes JUnit XML with names, kinds, transcripts and counts, whatever is in the words', async () => {
    const junit = join(folder, 'junit.xml');
    await run(good + bad + judged, { junit });
    const suites = readXml(await readFile(junit, 'utf8'));
    expect(suites).toMatchObject({
      name: 'testsuites',
      attributes: { tests: '3', failures: '1', errors: '0', skipped: '1' },
    });
    const text = await readFile(junit, 'utf8');
    expect(text).toMatch(
      /<testcase name="Help is given" classname="order-status" file="[^"]+" line="1" time="\d+\.\d{3}">/,
    );
    expect(text).toMatch(/<failure message="expected the flow in goodbye" type="wrong state">/);
    expect(text).toMatch(/the words “&lt;no&gt; &amp; never”/);
    expect(text).toMatch(/<skipped message="not judged: The agent was polite and promised no date\."\/>/);
  });

  it('prints JSON with the hits of states and transitions, by the ids that pictures have', async () => {
    const { text } = await run(good + bad, { json: true });
    expect(JSON.parse(text)).toMatchObject([
      {
        flow: 'order-status',
        coverage: {
          states: { 'orderStatus.helping': 2 },
          transitions: { 'orderStatus|caller.asksForHelp|0': 2 },
        },
        scenarios: [
          { name: 'Help is given', verdict: 'passed', transcript: [] },
          { name: 'Help is refused', verdict: 'failed', failures: [{ kind: 'wrong state', line: 7 }, {}] },
        ],
      },
    ]);
  });

  it('tells coverage, and writes it where `draw --coverage` reads it', async () => {
    const file = join(folder, 'hits.json');
    const { text } = await run(good, { coverage: file });
    expect(text).toMatch(/states +3 +16 +18 %/);
    expect(text).toMatch(/never:\n(?:.*\n)* {4}\(anywhere\) – saysGoodbye → goodbye/);
    expect(JSON.parse(await readFile(file, 'utf8')).states).toMatchObject({ 'orderStatus.helping': 1 });
  });

  it('appends proposals that hold, so that the next run comes through everything', async () => {
    const { text } = await run(good, { propose: true, write: true });
    expect(text).toMatch(/Wrote \d+ scenarios into .*order-status\.scenarios\.yaml\./);
    const scenarios = await readFile(join(folder, 'order-status.scenarios.yaml'), 'utf8');
    expect(scenarios.startsWith(good)).toBe(true);
    expect(parseScenarios('x', scenarios).length).toBeGreaterThan(10);

    const again = await run(scenarios, { propose: true, coverage: true });
    expect(again.code).toBe(0);
    expect(again.text).toMatch(/states +16 +16 +100 %/);
    expect(again.text).toMatch(/transitions +(\d+) +\1 +100 %/);
    expect(again.text).not.toMatch(/Proposed for/);
  });
});

describe('aybiza test with a hosted model', () => {
  it('has it answer in the place of the flow, and its failures are met as on a real day', async () => {
    const { emulator, env } = await hosted(openAiBrain(true));
    const scenarios = `
- name: A call with a model
  given: { model: hosted }
  steps:
    - caller: my order number is one zero two four
      expect: { choice: saysNumber, says: I will read it back to you now, flow: takingNumber.confirming }
`;
    const { code, text } = await run(scenarios, { model: 'openai-compatible' }, env);
    expect({ code, text }).toMatchObject({ code: 0, text: expect.stringContaining('✓ A call with a model') });
    expect(emulator.requests.length).toBeGreaterThan(0);
    expect(text).toMatch(/The model answered 1 of 1 times/);
    expect(await run(scenarios)).toMatchObject({
      code: 0,
      text: expect.stringMatching(/– A call with a model +it needs a hosted model/),
    });
  });

  it('has the flow take over where the provider fails', async () => {
    const { emulator, env } = await hosted(openAiBrain(true));
    const scenarios = `
- name: The model fails once
  steps:
    - fault: { model: fails }
    - caller: my order number is one zero two four
      expect: { choice: saysNumber, says: I heard 1 0 2 4, does not say: [something went wrong, I will read it back] }
    - caller: yes
      expect: { choice: confirmsNumber, says: we have that settled }
`;
    const { code, text } = await run(scenarios, { model: 'openai-compatible' }, env);
    expect({ code, text }).toMatchObject({ code: 0 });
    expect(text).toMatch(/The model answered 1 of 2 times/);
    expect(emulator.requests.length).toBeGreaterThan(0);
  });

  it('does not take it for the model’s merit when the flow stood in for it', async () => {
    const { env } = await hosted(() => ({ refuse: { status: 500, code: 500, message: 'down' } }));
    const { code, text } = await run(good, { model: 'openai-compatible' }, env);
    expect(code).toBe(1);
    expect(text).toMatch(/✓ Help is given/);
    expect(text).toMatch(/The model answered 0 of 1 times, the flow itself the rest\. .+/);
  });

  it('is told what its settings lack', async () => {
    await expect(run(good, { model: 'openai-compatible' })).rejects.toThrow(/OPENAI_COMPATIBLE_URL/);
  });
});

describe('a judge', () => {
  const verdict = (holds: boolean, reason: string) => () => ({
    toolCalls: [{ id: 'c1', name: 'verdict', arguments: JSON.stringify({ holds, reason }) }],
  });

  it('decides on what only a judge can say', async () => {
    const kind = await hosted(verdict(true, 'It said please.'));
    expect(await run(judged, { judge: 'openai-compatible' }, kind.env)).toMatchObject({ code: 0 });
    const [request] = kind.emulator.requests;
    expect(JSON.stringify(request?.body)).toMatch(/You can tell me an order number/);

    const strict = await hosted(verdict(false, 'It promised Thursday.'));
    const { code, text } = await run(judged, { judge: 'openai-compatible' }, strict.env);
    expect(code).toBe(1);
    expect(text).toMatch(
      /judged badly: expected The agent was polite and promised no date\.; was It promised Thursday\./,
    );
  });

  it('that is not there passes nothing', async () => {
    const { code, text } = await run(judged);
    expect(code).toBe(0);
    expect(text).toMatch(/\? The agent is polite .*for a judge: --judge/);
    expect(text).toMatch(/^0 passed, 1 not judged:/m);
  });

  it('that gives no verdict is asked once more, and passes nothing either', async () => {
    const { emulator, env } = await hosted(() => ({ text: 'I would rather not say.' }));
    const { code, text } = await run(judged, { judge: 'openai-compatible' }, env);
    expect({ code, text }).toMatchObject({ code: 1, text: expect.stringContaining('gave no verdict') });
    expect(emulator.requests).toHaveLength(2);
  });
});
