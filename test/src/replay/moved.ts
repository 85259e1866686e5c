import type { RecordedCall } from '../../../src/replay/recorded-call.ts';
import { SimCall } from '../../harness/sim-call.ts';

/** A call that begins at the edge, goes to the cloud in the middle of an answer, and goes on at another node when that one has died. */
export async function movedCall(): Promise<RecordedCall> {
  const cloud = { placement: 'cloud', keepsLogs: true } as const;
  const edge = new SimCall({ host: { node: 'edge-iad', placement: 'edge', keepsLogs: true } });
  const { log } = edge.call;
  log.note({ type: 'placement.decided', decision: 'hybrid', text: 'The call begins at the edge.' });
  await edge.untilListening();
  await edge.converse('one zero two four.');
  edge.say('yes.');
  await edge.until(() => edge.call.flowState === 'answering.orderFound', 'the answer');
  await edge.until(() => edge.state === 'floor.replying.speaking', 'the voice');
  const text = 'The call is handed to the cloud, because it has grown.';
  edge.call.log.note({ type: 'placement.decided', decision: 'handOff', text });
  edge.call.send({ type: 'placement.handOff' });
  const moved = edge.handOver(0, { ...cloud, node: 'cloud-1' });
  await edge.untilListening();
  if (!(await moved)) throw new Error('The call could not be moved.');
  await edge.converse('opening hours.');

  const left = edge.leftBehind();
  const restore = { ...left, entries: structuredClone(edge.call.log.entries ?? []) };
  const sim = new SimCall({ host: { ...cloud, node: 'cloud-2' }, restore });
  sim.reconnect();
  await sim.untilListening();
  await sim.converse('no thanks.');
  const { outcome } = await sim.over();
  const recorded = JSON.stringify({ start: sim.call.start, outcome, entries: sim.call.log.entries });
  // The node that simulated calls begin on.
  return JSON.parse(recorded.replaceAll('"rehearsal"', '"edge-iad"'));
}
