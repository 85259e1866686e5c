import { createHash } from 'node:crypto';
import { SimEdge, type SimEdgeOptions } from './sim-edge.ts';

/** What is longer is a turn of the caller's, not a gap in the agent's. */
const LONGEST_GAP_MS = 400;

/** A caller asks for an order; something is done at some moment of it. */
export async function conversation(
  options: SimEdgeOptions & { atMs?: number; act?(edge: SimEdge): void } = {},
  prepare: (edge: SimEdge) => void = () => {},
) {
  const edge = new SimEdge(options);
  prepare(edge);
  const { atMs, act } = options;
  if (act) edge.clock.setTimeout(() => act(edge), atMs ?? 0);
  await edge.begin();
  await edge.listens();
  for (const words of ['one zero two four.', 'yes.', 'help.']) await edge.converse(words);
  return { edge, ...heardOn(edge) };
}

/** What the caller was given to hear, and what the record says of it. */
export function heardOn(edge: SimEdge) {
  const turns = edge.brain?.record.turns() ?? [];
  return {
    heard: edge.carrier.audio.map(told),
    /** Within the agent's turns. */
    gapsMs: edge.carrier.gapsMs.slice(1).filter(ms => ms < LONGEST_GAP_MS),
    turns: turns.map(({ caller, agent, choices, tools }) => ({ said: caller?.text, agent, choices, tools })),
  };
}

/** Too much to be compared in the open. */
function told(audio: string): string {
  return `${audio.length} ${createHash('sha256').update(audio).digest('hex')}`;
}
