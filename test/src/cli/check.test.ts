import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { checkCommand } from '../../../src/cli/check.ts';
import { compiledProgram } from '../../harness/compiled-product.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

const flow = (say: string, extra: object = {}) =>
  JSON.stringify(
    {
      on: {
        'caller.wantsRepeat': {
          actions: 'sayAgain',
          description: 'The caller wants to hear it again.',
          meta: { phrases: ['@repeat'] },
        },
        'caller.wantsPerson': {
          target: '.transferring',
          description: 'The caller wants a person.',
          meta: { phrases: ['@person'] },
        },
      },
      initial: 'asking',
      states: {
        asking: { meta: { say, ...extra } },
        transferring: {
          meta: { say: 'One moment.', afterwards: 'transfer' },
          on: { 'transfer.failed': 'asking' },
        },
      },
    },
    null,
    2,
  );

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'aybiza-check-'));
  await mkdir(join(folder, 'parts'));
  await writeFile(join(folder, 'sound.json'), flow('How can I help you?'));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

/** Runs the command and takes back what it leaves behind in this process. */
async function run(...args: string[]) {
  const before = process.exitCode;
  process.exitCode = undefined;
  const log = vi.spyOn(console, 'log').mockImplementation(() => {});
  try {
    await checkCommand()
      .exitOverride()
      .parseAsync([...args, '--flows', folder], { from: 'user' });
    return { printed: log.mock.calls.flat().join('\n'), status: process.exitCode ?? 0 };
  } finally {
    process.exitCode = before;
    log.mockRestore();
  }
}

describe('aybiza check', () => {
  it('ends well when there is nothing to mend', async () => {
    expect(await run()).toEqual({ printed: '1 flow checked: nothing to mend.', status: 0 });
  });

  it('tells state, place, reason and remedy of each finding, and fails on errors', async () => {
    const text = flow('How can I help you?', { lisen: 'patient' });
    const line = text.slice(0, text.indexOf('lisen')).split('\n').length;
    await writeFile(join(folder, 'broken.json'), text);
    const { printed, status } = await run('broken');
    expect(status).toBe(1);
    expect(printed).toMatch(/broken {2}\S*broken\.json/);
    expect(printed).toContain(`error   asking  line ${line}  unknown-key`);
    expect(printed).toContain("Did you mean 'listen'?");
    expect(printed).toContain('1 flow checked: 1 error.');
    expect(printed).not.toContain('\u001b[');
  });

  it('fails on warnings only when it is to be strict', async () => {
    await writeFile(join(folder, 'careless.json'), flow('**How** can I help you?'));
    expect((await run('careless')).status).toBe(0);
    expect((await run('careless', '--strict')).status).toBe(1);
  });

  it('prints findings as JSON, of flows and of parts', async () => {
    await writeFile(join(folder, 'parts', 'open.json'), flow('Which one?'));
    const { printed, status } = await run('--json');
    const { checked, findings } = JSON.parse(printed);
    expect(checked).toEqual(['sound', 'open']);
    expect(findings).toMatchObject([{ rule: 'endless-subflow', flow: 'open', severity: 'error', line: 1 }]);
    expect(status).toBe(1);
  });

  it('takes a path for a name', async () => {
    expect((await run(join(folder, 'sound.json'))).status).toBe(0);
  });

  it('says which flows there are when none has the name', async () => {
    await expect(run('soud')).rejects.toThrow(/no flow 'soud' .* there are: sound\./);
  });

  it('lists every rule with its reason', async () => {
    const { printed } = await run('--rules');
    expect(printed).toMatch(/^error {4}trap {2,}The caller can only hang up/m);
  });
});

describe('aybiza check --watch', () => {
  it('checks what is saved, outlives a broken file and ends by Ctrl-C', { timeout: 60_000 }, async () => {
    const child = spawn(
      process.execPath,
      [await compiledProgram('src/cli/main.ts'), 'check', '--watch', '--flows', folder],
      { cwd: ROOT, env: { ...process.env, NO_COLOR: '1' }, stdio: ['ignore', 'pipe', 'pipe'] },
    );
    const ended = new Promise(resolve => child.once('exit', resolve));
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const until = async (pattern: RegExp) => {
      for (;;) {
        const { value, done } = await lines.next();
        if (done) throw new Error(`It ended before ${pattern} was printed.`);
        if (pattern.test(value)) return value;
      }
    };
    const watching = new Promise<void>(resolve => {
      child.stderr.on('data', data => String(data).includes('Watching') && resolve());
    });

    await until(/1 flow checked: nothing to mend/);
    await watching;
    await writeFile(join(folder, 'sound.json'), '{ "states": ');
    await until(/syntax/);
    await until(/1 flow checked: 1 error/);
    await writeFile(join(folder, 'sound.json'), flow('What can I do for you?'));
    await until(/1 flow checked: nothing to mend/);
    child.kill('SIGINT');
    expect(await ended).toBe(0);
  });
});
