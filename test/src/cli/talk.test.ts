import { spawn } from 'node:child_process';
import { cp, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { Clock } from '../../../runtime/clock.ts';
import { type TalkFlags, talk } from '../../../src/cli/talk.ts';
import { test } from '../../../src/cli/test.ts';
import { startOpenAiCompatibleEmulator } from '../../../src/emulators/openai-compatible/openai-compatible.ts';
import { readScenarios } from '../../../src/scenarios/read-scenarios.ts';
import { compiledProgram } from '../../harness/compiled-product.ts';
import { eagerClock } from '../../harness/eager-clock.ts';
import { openAiBrain } from '../../harness/scripted-brain.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const FLOWS = join(ROOT, 'machines/flows');
const KEY = 'sk-talk-1234';
const flags: TalkFlags = { say: [], json: false, fast: false, audio: false, out: '' };

let folder: string;
let flowFile: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'aybiza-talk-test-'));
  flowFile = join(folder, 'order-status.ts');
  await cp(join(FLOWS, 'order-status.ts'), flowFile);
  await cp(join(FLOWS, 'payment-reminder.ts'), join(folder, 'payment-reminder.ts'));
  await cp(join(FLOWS, 'parts'), join(folder, 'parts'), { recursive: true });
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** What is printed when these lines are said, or obeyed, one after the other. */
async function said(say: string[], given: Partial<TalkFlags> = {}, env = {}, flow = 'order-status') {
  const output = new PassThrough();
  const printed = text(output);
  const streams = { input: new PassThrough(), output };
  await talk(flow, { ...flags, flows: folder, say, ...given }, streams, env);
  output.end();
  return printed;
}

/** A conversation that goes on: what is typed can depend on what is shown. */
function open(options: { isTTY?: boolean; clock?: Clock } = {}) {
  const { isTTY = false, clock } = options;
  const input = Object.assign(new PassThrough(), { isTTY });
  const output = Object.assign(new PassThrough(), { isTTY, columns: 100, rows: 40 });
  let shown = '';
  let looked = 0;
  let wake = () => {};
  output.on('data', chunk => {
    shown += chunk;
    wake();
  });
  const done = talk('order-status', { ...flags, flows: folder }, { input, output }, {}, clock);
  return {
    done,
    type: (line: string) => input.write(isTTY ? `${line}\r` : `${line}\n`),
    press: (key: string) => input.write(key),
    end: () => input.end(),
    get shown() {
      return shown;
    },
    /** Until this is shown, after what was waited for before. */
    async see(words: string): Promise<void> {
      while (!shown.includes(words, looked))
        await new Promise<void>(resolve => {
          wake = resolve;
        });
      looked = shown.indexOf(words, looked) + words.length;
    },
  };
}

async function edit(from: string | RegExp, to: string): Promise<void> {
  const before = await readFile(flowFile, 'utf8');
  const after = before.replace(from, to);
  expect(after).not.toBe(before);
  // As editors do: a file is there as a whole, or not at all.
  await writeFile(`${flowFile}.new`, after);
  await rename(`${flowFile}.new`, flowFile);
}

describe('a conversation that is typed', () => {
  it('shows what was said, and beside it the choice, the state, the facts and the tools', async () => {
    const printed = await said(["it's one zero two four", 'yes', 'that was all']);

    expect(printed.split('\n').map(line => line.replace(/"item".*/, '…'))).toEqual([
      'order-status, in en-US. You are the caller; /help tells what you can type.',
      'agent    Thanks for calling Acme. This is the automated order line. What is your order number?',
      "heard    “it's one zero two four” (voice, 0.90)",
      'choice   saysNumber  orderNumber=1024',
      'state    takingNumber.confirming',
      'knows    orderNumber=1024',
      'agent    I heard 1 0 2 4. Is that right?',
      'heard    “yes” (voice, 0.90)',
      'choice   confirmsNumber',
      'state    lookingUp',
      'tool     lookUpOrder ← {"orderNumber":"1024"}',
      'tool     lookUpOrder → {"found":true,"orderNumber":"1024",…',
      'state    answering.orderFound',
      'knows    item=a walnut bookshelf, status=is on its way, arrival=The driver will call you before noon tomorrow.',
      'agent    Let me look that up. Your order 1 0 2 4, a walnut bookshelf, is on its way. The driver will call you before noon tomorrow. Is there anything else?',
      'heard    “that was all” (voice, 0.90)',
      'choice   needsNothingElse',
      'state    goodbye',
      'agent    Thanks for calling Acme. Goodbye!',
      expect.stringMatching(/^ended {4}completed after \d+\.\d\d s and 3 turns of the caller$/),
      '',
    ]);
  });

  it('takes its lines from a pipe, and leaves when it ends', async () => {
    const talking = open();
    for (const line of ['', 'bananas', '/keys 1024#', '/silence 9s', '/hangup', 'hello']) talking.type(line);
    talking.end();
    await talking.done;

    const { shown } = talking;
    expect(shown).toContain('choice   none: the words fit nothing that is open here');
    expect(shown).toContain('heard    “1024” (keypad, 1.00)');
    expect(shown).toContain('agent    Are you still there?');
    expect(shown).toMatch(/ended {4}hungUp .* 2 turns/);
    expect(shown).toContain('The call is over. /restart calls again, /undo goes back, /save keeps it.');
  });

  it('tells where it stands, what may be said there and what is known', async () => {
    const printed = await said(['1024', '/state', '/choices', '/facts']);

    expect(printed).toContain('flow     takingNumber.confirming: A spoken order number is read back');
    expect(printed).toContain('call     floor.listening.quiet');
    expect(printed).toMatch(/confirmsNumber: The number that was read back is right\.\n {4}yes \| /);
    expect(printed).toMatch(
      /keysNumber \(by keypad\): .*\n {4}\{orderNumber\}\n {4}\{orderNumber\}: 4 digits/,
    );
    expect(printed).toMatch(/^orderNumber +1024 {3}\(The number of the order/m);
    expect(printed).toMatch(/^item +– /m);
  });

  it('says how a command is written, and goes on', async () => {
    const printed = await said([
      '/dance',
      '/keys one',
      '/silence 9',
      '/barge',
      '/undo',
      '/save',
      '/help',
      'help',
    ]);

    expect(printed).toContain('There is no /dance. /help lists the commands.');
    expect(printed).toContain('Write it as /keys 1234#.');
    expect(printed).toContain('Write it as /silence 9s.');
    expect(printed).toContain('There is nothing to take back.');
    expect(printed).toMatch(/\/undo +take the last thing back/);
    expect(printed).toContain('state    helping');
  });

  it('prints an object a line for programs', async () => {
    const printed = await said(['goodbye'], { json: true });

    const news = printed
      .trim()
      .split('\n')
      .map(line => JSON.parse(line));
    expect(news).toContainEqual(expect.objectContaining({ type: 'chose', choice: 'saysGoodbye', facts: {} }));
    expect(news).toContainEqual(
      expect.objectContaining({ type: 'callMoved', state: 'floor.replying.speaking' }),
    );
    expect(news.at(-1)).toMatchObject({ type: 'ended', outcome: 'completed', turns: 1 });
  });

  it('speaks another language of the flow, and none that it does not know', async () => {
    const printed = await said(['sí'], { language: 'es' }, {}, 'payment-reminder');

    expect(printed).toMatch(/in es\..*\nagent {4}Hola/);
    expect(printed).toContain('choice   isCustomer');
    await expect(said([], { language: 'es' })).rejects.toThrow(
      'order-status does not speak es. It speaks en.',
    );
    await expect(said([], { language: 'es', audio: true }, {}, 'payment-reminder')).rejects.toThrow(
      /--audio has an English voice.*in text/,
    );
  });

  it('never hands what was said to the terminal as a command', async () => {
    expect(await said(['help\u001b[2J'])).not.toContain('\u001b');
  });
});

describe('going back', () => {
  it('cuts into what the agent has said last, after so many of its words', async () => {
    const printed = await said(['opening hours', '/barge 5 delivery times']);

    expect(printed).toContain('agent    We are open Monday to – cut off');
    expect(printed).toContain('state    answering.deliveryTime');
  });

  it('takes one turn after the other back, the facts too', async () => {
    const printed = await said(['1024', 'yes', '/undo', '/state', '/undo', '/facts', '/undo', 'help']);

    expect(printed).toContain(
      'Back before “yes”, in takingNumber.confirming.\nflow     takingNumber.confirming',
    );
    expect(printed).toMatch(/Back before “1024”, in takingNumber.greeting.\n.*orderNumber +– /s);
    expect(printed).toContain('There is nothing to take back.');
    expect(printed).toContain('state    helping');
  });

  it('takes the end of the call back', async () => {
    const printed = await said(['goodbye', '/undo', 'help']);

    expect(printed).toMatch(/ended {4}completed.*state {4}helping/s);
  });

  it('asks a language model no second time for what it has answered', async () => {
    const emulator = await startOpenAiCompatibleEmulator({ apiKey: KEY, answer: openAiBrain(false) });
    onTestFinished(() => emulator.close());
    const env = {
      OPENAI_COMPATIBLE_URL: `${emulator.url}/v1`,
      OPENAI_COMPATIBLE_KEY: KEY,
      OPENAI_COMPATIBLE_MODEL: 'talk-1',
    };
    const asked = () => emulator.requests.length;

    const once = await said(['one zero two four please'], { model: 'openai-compatible' }, env);
    const before = asked();
    const again = await said(
      ['one zero two four please', 'well', '/undo', '/undo', '/restart'],
      { model: 'openai-compatible' },
      env,
    );

    expect(once).toContain('choice   saysNumber');
    expect(once).toMatch(/why {6}.*talk-1/);
    expect(again).toContain('Back before “well”, in takingNumber.confirming.');
    expect(before).toBeGreaterThan(0);
    expect(asked() - before).toBe(before + 1);
  });
});

describe('saving a conversation', () => {
  it('adds a scenario that passes', async () => {
    const printed = await said([
      '1024',
      '/barge 2 no',
      '/silence 9s',
      '/keys 1024#',
      'goodbye',
      '/save A caller changes "their": mind',
      '/save A caller changes "their": mind',
      '/restart',
      '/hangup',
      '/save Nothing wanted',
    ]);

    const [long, short, ...others] = await readScenarios(join(folder, 'order-status.scenarios.yaml'));
    expect(others).toEqual([]);
    expect(long?.name).toBe('A caller changes "their": mind');
    expect(long?.steps.map(({ line: _, ...step }) => step)).toEqual([
      { caller: '1024' },
      { caller: 'no', 'after words': 2, expect: { flow: 'takingNumber.asking', choice: ['deniesNumber'] } },
      { silence: 9_000, expect: { flow: 'takingNumber.asking' } },
      { keys: '1024#', expect: { flow: 'answering.orderFound', choice: ['keysNumber'] } },
      {
        caller: 'goodbye',
        expect: { flow: 'goodbye', choice: ['saysGoodbye'], 'ended with': 'completed' },
      },
    ]);
    expect(short?.steps[0]).toMatchObject({ 'hangs up': true, expect: { 'ended with': 'hungUp' } });
    expect(printed).toMatch(/There is a scenario of this name in .*: choose another\./);

    const told: string[] = [];
    const run = { repeat: 1, json: false, propose: false, write: false, watch: false, schema: false };
    expect(await test(['order-status'], { ...run, flows: folder }, line => told.push(line), {})).toBe(0);
    expect(told.join('\n')).toContain('2 passed');
  });

  it('keeps the language with it', async () => {
    await said(['sí', '/save En español'], { language: 'es' }, {}, 'payment-reminder');

    const [scenario] = await readScenarios(join(folder, 'payment-reminder.scenarios.yaml'));
    expect(scenario).toMatchObject({ language: 'es', steps: [{ caller: 'sí' }] });
  });
});

describe('editing the flow meanwhile', () => {
  it('carries on where it was as soon as the file is saved', async () => {
    const talking = open();
    talking.type('opening hours');
    await talking.see('state    answering.openingHours');
    await talking.see('anything else?');
    await edit('from nine to six', 'from eight to six');
    await talking.see('The same words lead to answering.openingHours again; go on.');
    talking.type('opening hours');
    await talking.see('from eight to six');
    talking.end();
    await talking.done;
  });

  it('goes on in the same state when the words so far now lead elsewhere', async () => {
    const talking = open();
    talking.type('1024');
    await talking.see('Is that right?');
    talking.type('help');
    await talking.see('What would you like?');
    await edit("phrases: ['@help']", "phrases: ['please explain']");
    await talking.see('The same words now lead to takingNumber.confirming; this goes on in helping');
    await talking.see('What would you like?');
    talking.type('/facts');
    await talking.see('orderNumber      1024');
    talking.type('opening hours');
    await talking.see('anything else?');
    talking.type('/save Halfway');
    await talking.see('This conversation began in helping, where no call begins');
    talking.type('goodbye');
    await talking.see('ended    completed');
    talking.end();
    await talking.done;
  });

  it('begins again when the state is gone, and stays as it was when the file cannot be read', async () => {
    const talking = open();
    talking.type('opening hours');
    await talking.see('anything else?');
    await edit('states: {', 'states: {{');
    await talking.see('The flow stays as it was.');
    talking.type('/reload');
    await talking.see('The flow stays as it was.');
    await edit('states: {{', 'states: {');
    await edit(/openingHours/g, 'businessHours');
    await talking.see('answering.openingHours is no more: a new call.');
    await talking.see('Thanks for calling Acme.');
    talking.type('opening hours');
    await talking.see('state    answering.businessHours');
    talking.end();
    await talking.done;
  });
});

describe('at a terminal', () => {
  it('lets the words come as they are said, and cuts them off when somebody types', async () => {
    const talking = open({ isTTY: true, clock: eagerClock() });
    await talking.see('Thanks for calling');
    expect(talking.shown).not.toContain('What is your order number?');
    talking.type('opening hours');
    await talking.see('– cut off');
    await talking.see('state    answering.openingHours');
    await talking.see('We are open');
    talking.type('/state');
    await talking.see('call     floor.replying.speaking');
    // Whole, and bold to its end.
    await talking.see('Is there anything else?\u001b[0m');
    talking.type('/undo');
    await talking.see('Back before “opening hours”');
    talking.press('\u0003');
    await talking.done;
  });

  it('leaves on Ctrl-C in the middle of a word, and on Ctrl-D', async () => {
    for (const key of ['\u0003', '\u0004']) {
      const talking = open({ isTTY: true, clock: eagerClock() });
      await talking.see('Thanks');
      talking.press(key);
      await talking.done;
      expect(talking.shown).not.toContain('ended');
    }
  });
});

it('is a command: lines from a pipe, and no error', { timeout: 60_000 }, async () => {
  const args = [await compiledProgram('src/cli/main.ts'), 'talk', 'order-status', '--flows', folder];
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(process.execPath, args, { cwd: ROOT, env: { PATH, HOME } });
  // The pipe stays open: who says /quit waits for nobody.
  child.stdin.write('help\n/quit\n');
  const [printed, errors, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise(resolve => child.on('close', resolve)),
  ]);

  expect(errors).toBe('');
  expect(printed).toContain('state    helping');
  expect(code).toBe(0);
});
