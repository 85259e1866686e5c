import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Slot } from '../../machines/flow-view.ts';
import type { FrozenCall } from '../../runtime/frozen-call.ts';
import type { LanguageModel } from '../../runtime/ports.ts';
import { flowNames, loadFlow } from '../../src/flows/flows.ts';
import { KeepingJournal } from '../harness/random-calls.ts';
import { scriptedModel } from '../harness/scripted-providers.ts';
import { callStart, SimCall } from '../harness/sim-call.ts';

function factFor(slot: Slot, pick: (below: number) => number): string {
  if (slot.type === 'digits') return Array.from({ length: slot.length ?? 10 }, () => pick(10)).join('');
  if (slot.type === 'text') return 'something that was said in some words';
  const values = Object.keys(slot.values);
  return values[pick(values.length)]!;
}

/** Takes any way that is open, with any facts that fit. */
function wanderingModel(pick: (below: number) => number): LanguageModel {
  return scriptedModel(function* ({ callId, turn, step, flow, said }) {
    if (flow.say) yield { type: 'text', text: flow.say };
    if (flow.tool) yield { type: 'toolCall', id: `${callId}:${turn}:${step}`, ...flow.tool };
    else if (said !== null && flow.choices.length > 0) {
      const choice = flow.choices[pick(flow.choices.length)]!;
      const facts = Object.fromEntries(
        Object.entries(choice.slots).map(([name, slot]) => [name, factFor(slot, pick)]),
      );
      yield { type: 'choice', event: choice.event, facts };
    }
    yield { type: 'end', reason: 'complete' };
  });
}

/** With all that a carrier's webhook tells. */
const start = callStart({
  callId: '3f0e8a52-9a55-4a2c-a3d0-9d2a7f1d1c11',
  agent: 'front-desk',
  flowVersion: '5e884898da28047151d0e56f',
  parameters: {
    FromCity: 'SAN FRANCISCO',
    FromState: 'CA',
    FromZip: '94105',
    FromCountry: 'US',
    ToCity: 'WASHINGTON',
    ToState: 'DC',
    ToCountry: 'US',
    edge_region: 'umatilla',
    latency_target: '300',
    quality_mode: 'balanced',
  },
});

it('A call written down at a turn fits into four kilobytes, whatever flow it follows and wherever it goes', async () => {
  const sizes: { bytes: number; flow: string }[] = [];
  for (const name of await flowNames()) {
    const { machine } = await loadFlow(name);
    const ways = fc.array(fc.nat(), { minLength: 200, maxLength: 200 });
    await fc.assert(
      fc.asyncProperty(ways, async way => {
        const snapshots: FrozenCall[] = [];
        let at = 0;
        const pick = (below: number) => way[at++ % way.length]! % below;
        const sim = new SimCall({
          flow: machine,
          start,
          journal: new KeepingJournal(snapshots),
          providers: { model: wanderingModel(pick) },
        });
        await sim.untilListening();
        for (let turn = 0; turn < 12 && !sim.hasEnded; turn++) await sim.converse('so it is.');
        if (!sim.hasEnded) snapshots.push(sim.call.freeze());
        for (const frozen of snapshots)
          sizes.push({ bytes: Buffer.byteLength(JSON.stringify(frozen)), flow: name });
        sim.carrier.hangUp();
        await sim.over();
      }),
      { numRuns: 4 },
    );
  }
  sizes.sort((one, other) => one.bytes - other.bytes);
  const p99 = sizes[Math.floor(0.99 * sizes.length)]!;
  const largest = sizes.at(-1)!;
  console.log(
    `Of ${sizes.length} snapshots, 99 % have at most ${p99.bytes} bytes; the largest, of ${largest.flow}, has ${largest.bytes}.`,
  );
  expect(largest.bytes).toBeLessThanOrEqual(4_096);
});
