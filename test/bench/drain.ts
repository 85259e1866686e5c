import type { Bench } from './bench.ts';
import { pass } from './stage.ts';
import { withLoad, withTwoNodes } from './two-nodes.ts';

/** Of the thousand calls that the benches have by default. */
const SHARE = 0.2;
/** Longer than the greeting, the tool and what is told after it. */
const PLACING_S = 18;
const SETTLE_S = 1;
const MOVE_LIMIT_MS = 60_000;
const GOODBYE_LIMIT_MS = 90_000;

/** SIGTERM to a node beside another, with calls in every state. */
export const drain: Bench = {
  name: 'drain',
  title: 'A node drains to another: whom it loses, and what callers hear of it',
  async run({ calls: all, onProgress }) {
    const calls = Math.ceil(all * SHARE);
    return withTwoNodes(async nodes => {
      const { balancer, first, second, callers, afterwards } = nodes;
      onProgress(`drain: placing ${calls} calls`);
      await callers.ask('converse', { url: balancer.url, calls, perSecond: calls / PLACING_S });
      await pass(SETTLE_S);
      const live = await first.process.ask('calls', null);
      onProgress(`drain: draining a node with ${live} calls`);
      balancer.nodes = [second.url, first.url];
      const startedMs = performance.now();
      const drained = first.process.ask('drain', null).then(() => performance.now() - startedMs);
      const { result: moved, load } = await withLoad(nodes, () =>
        callers.ask('moved', { withinMs: MOVE_LIMIT_MS }),
      );
      const tookMs = await drained;
      onProgress('drain: taking leave');
      const ended = await callers.ask('leave', { withinMs: GOODBYE_LIMIT_MS });
      await second.process.ask('idle', null);
      const { lost, factsLost, doubled } = await afterwards(ended.callSids);
      const { betweenStreams, silence } = moved;
      return {
        figures: [
          { name: 'calls on the node that drained', value: live, unit: 'calls', note: load },
          {
            name: 'calls dropped',
            value: calls - ended.served + lost,
            unit: 'calls',
            target: 0,
            ...(ended.failures[0] && { note: ended.failures[0] }),
          },
          {
            name: 'silence in the agent’s words p50',
            value: silence.p50,
            unit: 'ms',
            note: `${silence.count} calls moved while the agent spoke`,
          },
          { name: 'silence in the agent’s words p99', value: silence.p99, unit: 'ms' },
          {
            name: 'without a stream p99',
            value: betweenStreams.p99,
            unit: 'ms',
            note: `median ${betweenStreams.p50.toFixed(0)} ms; the carrier’s own time comes on top`,
          },
          { name: 'until the node could end', value: tookMs, unit: 'ms' },
          { name: 'calls that lost facts', value: factsLost, unit: 'calls', target: 0 },
          { name: 'calls whose tool ran twice', value: doubled, unit: 'calls', target: 0 },
        ],
        profiles: {},
      };
    });
  },
};
