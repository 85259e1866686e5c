import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createActor } from 'xstate';
import { viewFlow } from '../../../machines/flow-view.ts';
import { orderStatus } from '../../../machines/flows/order-status.ts';
import { decodeMuLaw } from '../../../runtime/media/mulaw.ts';
import { speakLines } from '../../../src/caller/text-to-speech.ts';
import { writeStereoWav } from '../../../src/caller/wav.ts';
import { openHearing } from '../../../src/scenarios/hear.ts';
import { play } from '../../../src/scenarios/play.ts';
import { parseScenarios } from '../../../src/scenarios/read-scenarios.ts';
import { quietLog } from '../../harness/sim-call.ts';

let folder: string;
const hearing = openHearing({ dataDir: 'data', log: quietLog });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'aybiza-hear-'));
  const [order, yes] = (await speakLines(['My order number is one zero two four.', 'Yes.'])) as [
    Uint8Array,
    Uint8Array,
  ];
  await writeFile(join(folder, 'order.wav'), wav(order));
  await writeFile(join(folder, 'yes.wav'), wav(yes));
  await writeFile(join(folder, 'silence.wav'), wav(new Uint8Array(8_000).fill(0xff)));
});

afterAll(async () => {
  await hearing.close();
  await rm(folder, { recursive: true });
});

function wav(audio: Uint8Array): Buffer {
  const samples = decodeMuLaw(audio);
  return writeStereoWav(samples, samples);
}

it('hears a recording with the embedded ears, and the call goes on from its words', async () => {
  const [scenario] = parseScenarios(
    join(folder, 'order-status.scenarios.yaml'),
    `
- name: A recorded caller
  steps:
    - wav: order.wav
      expect: { flow: takingNumber.confirming, facts: { orderNumber: 1024 } }
    - wav: yes.wav
      expect: { flow: answering.orderFound, says: a walnut bookshelf }
`,
  );
  const { failures } = await play(scenario!, {
    flow: orderStatus,
    language: 'en-US',
    hear: hearing.hear,
    run: 0,
  });
  expect(failures).toEqual([]);
});

it('hears no words in silence, and says which file it cannot read', async () => {
  const view = viewFlow(createActor(orderStatus).getSnapshot(), 'en-US');
  expect(await hearing.hear(join(folder, 'silence.wav'), view, 'en-US')).toMatchObject({ text: '' });
  await expect(hearing.hear(join(folder, 'none.wav'), view, 'en-US')).rejects.toThrow(/none\.wav: ENOENT/);
});
