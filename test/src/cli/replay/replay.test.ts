import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../../../runtime/clock.ts';
import { boot, type Product } from '../../../../src/boot.ts';
import { replayCommand } from '../../../../src/cli/replay.ts';
import { loadConfig } from '../../../../src/config.ts';
import { loadFlow } from '../../../../src/flows/flows.ts';
import { storeFlow } from '../../../../src/flows/stored-versions.ts';
import type { RecordedCall } from '../../../../src/replay/recorded-call.ts';
import { openStorage, type Storage } from '../../../../src/storage/open.ts';
import { layFirstStart } from '../../../harness/first-start.ts';
import { quietLog } from '../../../harness/sim-call.ts';
import { keepCall } from '../../replay/keep.ts';
import { edited } from '../../replay/recorded.ts';

const HOUR_MS = 3_600_000;

let folder: string;
let editedFile: string;
/** Newest first. */
let calls: RecordedCall[];
let keptVersion: string;
let lostCall: RecordedCall;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'aybiza-replay-'));
  editedFile = join(folder, 'edited.json');
  const chart = edited(each => {
    each.states.helping.meta.say = 'Say an order number.';
    delete each.on['caller.asksOpeningHours'];
  });
  await writeFile(editedFile, JSON.stringify(chart.config));

  await layFirstStart(folder);
  const storage = await openRecords();
  const { version: flowVersion } = await loadFlow('order-status');
  const now = systemClock.wallTime();
  const keep = (sayings: string[], version: string, hours: number) =>
    keepCall(storage.store, sayings, {
      flow: 'order-status',
      flowVersion: version,
      startedAt: now - hours * HOUR_MS,
    });
  // A flow that was edited since, and is kept.
  const before = edited(each => {
    each.states.helping.meta.say = 'You can say agent.';
  });
  const then = {
    name: 'order-status',
    version: 'kept',
    machine: before,
    file: '',
    info: { languages: [], facts: {} },
  };
  keptVersion = then.version;
  await storeFlow(storage.database, then);
  calls = [
    await keep(['one zero two four.', 'yes.', 'no thanks.'], flowVersion, 1),
    await keep(['help.', 'goodbye.'], flowVersion, 2),
    await keep(['opening hours.', 'no thanks.'], flowVersion, 3),
    await keep(['help.'], keptVersion, 4),
  ];
  lostCall = await keep(['help.'], 'lost', 5);
  await keep(['help.'], flowVersion, 24 * 30);
  await storage.close();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

beforeEach(() => {
  vi.stubEnv('AYBIZA_DATA_DIR', folder);
  vi.stubEnv('AYBIZA_URL', '');
  vi.stubEnv('API_KEY', '');
  vi.stubEnv('DATABASE_URL', '');
  // Where no server answers.
  vi.stubEnv('PORT', '1');
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

function openRecords(): Promise<Storage> {
  return openStorage({ dataDir: folder, node: 'node-a', clock: systemClock, log: quietLog, jobs: [] });
}

async function run(...args: string[]): Promise<{ out: string; err: string }> {
  const out: string[] = [];
  const err: string[] = [];
  vi.spyOn(console, 'log').mockImplementation(line => void out.push(String(line)));
  vi.spyOn(console, 'error').mockImplementation(line => void err.push(String(line)));
  await replayCommand().exitOverride().parseAsync(args, { from: 'user' });
  return { out: out.join('\n'), err: err.join('\n') };
}

function id(at: number): string {
  return calls[at]!.start.callId;
}

describe('records that nobody has open', () => {
  it('prints every step of a call, with what was said, heard and learnt', async () => {
    const { out } = await run(id(0), '--print');

    expect(out).toMatch(/0\.00 s {2}call begins +floor\.replying\.greeting +takingNumber\.greeting/);
    expect(out).toContain('agent    “What is your order number?”');
    expect(out).toContain('caller   “one zero two four” (voice, 0.90)');
    expect(out).toMatch(/facts {4}orderNumber=1024, item=/);
    expect(out).toMatch(/heard {4}“Thanks for calling Acme. Goodbye!”/);
    expect(out).toMatch(/line\.closed +ended/);
  });

  it('says where records are sought when there are none', async () => {
    vi.stubEnv('AYBIZA_DATA_DIR', join(folder, 'nowhere'));
    await expect(run(id(0))).rejects.toThrow(/no records in .*nowhere.*AYBIZA_DATA_DIR.*--server/s);
  });

  it('are compared with an edited flow, whatever version the calls followed', async () => {
    const args = ['--since', '7d', '--flow', 'order-status', '--with', 'order-status', '--json'];
    expect(JSON.parse((await run(...args)).out)).toMatchObject({
      calls: 4,
      effects: { unchanged: { calls: 3 }, otherWords: { calls: 1, examples: [id(3)] } },
      skipped: [{ calls: 1, examples: [lostCall.start.callId] }],
    });
  });
});

describe('records that a running server has open', () => {
  const key = 'a-key-of-the-api';
  let here: string;
  let product: Product;

  beforeAll(async () => {
    vi.stubEnv('AYBIZA_DATA_DIR', folder);
    here = (await run(id(3), '--json')).out;
    const config = loadConfig({ PORT: '0', LOG_LEVEL: 'silent', AYBIZA_DATA_DIR: folder, API_KEY: key });
    product = await boot(config, { onProgress() {} });
  });
  afterAll(() => product?.shutDown({ drain: false }));

  it('are read through the server, with its key, and so are the charts it has kept', async () => {
    await expect(run(id(0), '--print')).rejects.toThrow(/open in a running server.*AYBIZA_URL/s);

    vi.stubEnv('PORT', new URL(product.server.url).port);
    await expect(run(id(0), '--print')).rejects.toThrow(/refuses: Send "Authorization: Bearer/);

    vi.stubEnv('API_KEY', key);
    const { out, err } = await run(id(3), '--json');
    expect(err).toMatch(/A running server has the records .* open; reading through http:/);
    expect(JSON.parse(out)).toEqual(JSON.parse(here));
  });

  describe('with the server named', () => {
    beforeEach(() => {
      vi.stubEnv('AYBIZA_URL', product.server.url);
      vi.stubEnv('API_KEY', key);
    });

    describe('aybiza replay CALL', () => {
      it('gives one step as JSON, by time or by seq, and finds the call by the carrier’s SID', async () => {
        const byTime = JSON.parse((await run(calls[0]!.start.callSid, '--json', '--at', '7s')).out);
        expect(byTime).toMatchObject({
          flow: { is: 'same' },
          strayTimers: 0,
          steps: [{ flow: { facts: {} } }],
        });
        const [step] = byTime.steps;
        const bySeq = JSON.parse((await run(id(0), '--json', '--at', String(step.seq))).out);
        expect(bySeq.steps).toEqual([step]);
        expect(step.flow).toMatchObject({ state: 'takingNumber.confirming', facts: { orderNumber: '1024' } });
      });

      it('takes the chart that the call followed, where it is kept', async () => {
        const { out } = await run(id(3), '--print');

        expect(out).toMatch(/has changed since this call; this is the chart that it followed, kept\./);
        expect(JSON.parse((await run(id(3), '--json', '--at', '1:30')).out)).toMatchObject({
          flow: { is: 'kept', version: 'kept' },
          steps: [{ flow: { say: 'You can say agent.' } }],
        });
      });

      it('says so when the chart has changed and is not kept, and what to do', async () => {
        const { out } = await run(lostCall.start.callId, '--print');
        expect(out).toMatch(/followed version lost, which is not kept; today’s is \w{12}\..*--was FILE/);

        await expect(run(lostCall.start.callId, '--with', editedFile)).rejects.toThrow(/--was FILE/);
        expect((await run(lostCall.start.callId, '--with', editedFile, '--was', 'order-status')).out).toMatch(
          /The flows part at/,
        );
      });

      it.each([
        [['nobody'], /There is no call nobody in http:/],
        [[], /Name a call/],
        [['a', '--since', '7d'], /not both/],
        [['--since', '7d'], /--with FLOW/],
        [['--since', '7d', '--calls', 'a', '--with', 'order-status'], /not both/],
        [['a', '--at', 'noon'], /as 7\.5s/],
        [['--since', 'lately', '--with', 'order-status'], /as 2026-11-14/],
        [['a', '--with', 'nothing'], /There is no flow 'nothing'/],
      ])('explains %j', async (args, message) => {
        vi.spyOn(process.stderr, 'write').mockReturnValue(true);
        await expect(run(...args)).rejects.toThrow(message);
      });
    });

    describe('aybiza replay CALL --with FLOW', () => {
      it('shows where the flows part, what is fact and what is guess', async () => {
        const { out } = await run(id(1), '--with', editedFile);

        expect(out).toMatch(/^\? {2}nobody knows/m);
        expect(out).toMatch(/The flows part at 0\.00 s .*the open choices differ/);
        expect(out).toContain('not open any more: caller.asksOpeningHours');
        expect(out).toMatch(/The caller first notices at .*what is said/);
        expect(out).toMatch(
          /then +caller\.asksForHelp → helping {2}“You can tell me.*\n.*now +caller\.asksForHelp → helping {2}“Say an/,
        );
        expect(out).toMatch(/End: goodbye \(completed\), in both\./);
      });

      it('gives the comparison as JSON', async () => {
        const { flow, ...comparison } = JSON.parse((await run(id(2), '--with', editedFile, '--json')).out);

        expect(flow).toMatchObject({
          was: { name: 'order-status', is: 'same' },
          would: { name: 'edited', file: editedFile },
        });
        expect(comparison).toMatchObject({
          effect: 'unknown',
          turning: { words: 'opening hours', choiceThen: 'caller.asksOpeningHours', existsNow: false },
        });
      });
    });

    describe('aybiza replay --since --with FLOW', () => {
      it('sums up what the edited flow would have done to the calls, and how to look at one', async () => {
        const { out } = await run('--since', '7d', '--flow', 'order-status', '--with', editedFile);

        expect(out).toMatch(/^4 calls compared\.$/m);
        expect(out).toMatch(/^ +1 {2}the same course, other choices open$/m);
        expect(out).toMatch(/^ +2 {2}the same course in other words$/m);
        expect(out).toMatch(/^ +1 {2}nobody knows from some point on$/m);
        expect(out).toMatch(
          /Choices that callers made.*\n +1 {2}caller\.asksOpeningHours in takingNumber\.greeting/,
        );
        expect(out).toMatch(/Questions asked again.*\n +1 {2}takingNumber\.greeting: 0 times then, 1 now/);
        expect(out).toMatch(/Not compared:\n +1 {2}version lost of order-status is not kept/);
        expect(out).toContain(`npx aybiza replay ${id(2)} --with ${editedFile}`);
      });

      it('takes the calls that are named, once each, and counts those that are not there', async () => {
        const args = ['--calls', `${id(0)},nobody,${id(0)}`, '--with', 'order-status', '--json'];
        expect(JSON.parse((await run(...args)).out)).toMatchObject({
          calls: 1,
          effects: { unchanged: { calls: 1, examples: [id(0)] } },
          skipped: [{ why: 'there is no such call', examples: ['nobody'] }],
        });
      });

      it('says when no call has followed the flow', async () => {
        expect((await run('--since', '7d', '--with', editedFile)).out).toMatch(
          /followed edited since .*--flow/,
        );
      });
    });
  });
});
