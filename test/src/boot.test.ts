import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Call } from '../../runtime/call.ts';
import { boot } from '../../src/boot.ts';
import { PhoneCall } from '../../src/caller/phone-call.ts';
import { loadConfig } from '../../src/config.ts';
import { layFirstStart } from '../harness/first-start.ts';
import { within } from '../harness/wire-server.ts';

it('A product with agents and companies starts, answers as the agent of the number, and stops', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'boot-'));
  await layFirstStart(join(folder, 'data'));
  const agents = [
    { name: 'help' },
    { name: 'acme', numbers: ['+12025550111'], company: 'acme', llm: ['openrouter'] },
  ];
  await writeFile(join(folder, 'agents.json'), JSON.stringify(agents));
  const config = loadConfig({
    PORT: '0',
    LOG_LEVEL: 'silent',
    AYBIZA_DATA_DIR: join(folder, 'data'),
    AYBIZA_AGENTS: join(folder, 'agents.json'),
    COMPANY_MASTER_KEY: randomBytes(32).toString('base64'),
    OPENROUTER_MANAGEMENT_KEY: 'or-management-planted',
    OPENROUTER_API_KEY: 'or-planted',
    // Nobody is there, and nobody is asked: the greeting is the flow's.
    OPENROUTER_URL: 'http://127.0.0.1:9/api/v1',
  });
  let begun = (_: Call) => {};
  const first = new Promise<Call>(resolve => {
    begun = resolve;
  });
  const product = await boot(config, { onProgress() {}, host: { onCall: call => begun(call) } });
  try {
    const phone = new PhoneCall(product.server.url, {
      from: '+12025550123',
      to: '+12025550111',
      hearing: 'bytes',
    });
    await phone.begin();
    const call = await within(first, () => 'a call');
    expect(call.start).toMatchObject({ agent: 'acme', flow: 'order-status' });
    await phone.hangUp();
  } finally {
    await product.shutDown({ drain: false });
    await rm(folder, { recursive: true, force: true });
  }
}, 60_000);
