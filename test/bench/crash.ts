import type { Bench } from './bench.ts';
import { pass } from './stage.ts';
import { withLoad, withTwoNodes } from './two-nodes.ts';

/** Of the thousand calls that the benches have by default. */
const SHARE = 0.1;
/** Longer than the greeting, the tool and what is told after it. */
const PLACING_S = 18;
const SETTLE_S = 1;
const ANSWER_LIMIT_MS = 30_000;
const GOODBYE_LIMIT_MS = 90_000;
const TARGET_MS = 1_500;

/** kill -9 of a node, with calls in every state. */
export const crash: Bench = {
  name: 'crash',
  title: 'A node is killed: how soon the other one answers its callers, and what they lose',
  async run({ calls: all, onProgress }) {
    const calls = Math.ceil(all * SHARE);
    return withTwoNodes(async nodes => {
      const { balancer, first, second, callers, afterwards } = nodes;
      onProgress(`crash: placing ${calls} calls`);
      await callers.ask('converse', { url: balancer.url, calls, perSecond: calls / PLACING_S });
      await pass(SETTLE_S);
      const live = await first.process.ask('calls', null);
      onProgress(`crash: killing a node with ${live} calls`);
      const { result: moved, load } = await withLoad(nodes, async () => {
        await first.process.end();
        return callers.ask('moved', { withinMs: ANSWER_LIMIT_MS });
      });
      onProgress('crash: taking leave');
      const ended = await callers.ask('leave', { withinMs: GOODBYE_LIMIT_MS });
      await second.process.ask('idle', null);
      const { lost, factsLost, doubled, booked } = await afterwards(ended.callSids);
      const { toSpeech, betweenStreams } = moved;
      return {
        figures: [
          { name: 'calls on the node that was killed', value: live, unit: 'calls', note: load },
          { name: 'calls not answered again', value: live - moved.answered, unit: 'calls', target: 0 },
          { name: 'reconnect → speech p50', value: toSpeech.p50, unit: 'ms' },
          {
            name: 'reconnect → speech p99',
            value: toSpeech.p99,
            unit: 'ms',
            target: TARGET_MS,
            note: 'from the new stream’s start to the agent’s first frame',
          },
          {
            name: 'without a stream p99',
            value: betweenStreams.p99,
            unit: 'ms',
            note: `median ${betweenStreams.p50.toFixed(0)} ms; the carrier’s own time comes on top`,
          },
          { name: 'calls that lost facts', value: factsLost, unit: 'calls', target: 0 },
          {
            name: 'calls whose tool ran twice',
            value: doubled,
            unit: 'calls',
            target: 0,
            note: `it ran in ${booked}`,
          },
          {
            name: 'calls without a goodbye or a record',
            value: calls - ended.served + lost,
            unit: 'calls',
            target: 0,
            ...(ended.failures[0] && { note: ended.failures[0] }),
          },
        ],
        profiles: {},
      };
    });
  },
};
