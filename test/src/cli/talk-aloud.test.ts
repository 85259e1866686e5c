import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, it, onTestFinished, vi } from 'vitest';
import { talk } from '../../../src/cli/talk.ts';

const WAV_HEADER_BYTES = 44;

it('talks aloud: a voice says what is typed, ears hear it, and both are recorded and played', {
  timeout: 120_000,
}, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'aybiza-talk-test-'));
  const bin = join(folder, 'bin');
  await mkdir(bin);
  await writeFile(join(bin, 'aplay'), `#!/bin/sh\ncat > '${join(folder, 'played')}'\n`);
  await chmod(join(bin, 'aplay'), 0o755);
  vi.stubEnv('PATH', `${bin}${delimiter}${process.env.PATH}`);
  onTestFinished(async () => {
    vi.unstubAllEnvs();
    await rm(folder, { recursive: true });
  });

  const env = { DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none', STT_PROVIDER: 'deepgram' };
  const output = new PassThrough();
  const shown = text(output);
  const say = ['opening hours', '/undo', '/hangup'];
  const flags = { say, json: false, fast: false, audio: true, out: folder };
  await talk('order-status', flags, { input: new PassThrough(), output }, env);
  output.end();
  const printed = await shown;

  expect(printed).toMatch(/heard {4}“(what are your )?opening hours” \(voice/);
  expect(printed).toContain('state    answering.openingHours');
  expect(printed).toContain('agent    We are open Monday to Friday');
  expect(printed).toContain('What was said aloud cannot be taken back.');
  expect(printed).toContain('ended    hungUp');
  const [wav = ''] = (await readdir(folder)).filter(name => name.endsWith('.wav'));
  expect(printed).toContain(`Recorded in ${join(folder, wav)}`);
  const recorded = await readFile(join(folder, wav));
  const played = await readFile(join(folder, 'played'));
  expect(new Set(played).size).toBeGreaterThan(50);
  // 8,000 samples a second of two bytes each on two sides, after a header; played was one byte of one side.
  expect(recorded.length - WAV_HEADER_BYTES).toBe(played.length * 4);
});
