import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { conversation } from './conversation.ts';
import type { SimCloud } from './sim-cloud.ts';
import { SimEdge, type SimEdgeOptions } from './sim-edge.ts';

/** A conversation whose call is handed over, or is to be. */
async function handedOver(atMs: number, prepare?: (edge: SimEdge) => void, options: SimEdgeOptions = {}) {
  let isTaken: boolean | null = null;
  const act = (edge: SimEdge) => void edge.call.handOff().then(taken => (isTaken = taken));
  const told = await conversation({ ...options, atMs, act }, prepare);
  return { ...told, isTaken };
}

/** Once the frozen call has come to the node, and before it is the node's. */
function whenTaking({ clouds: [cloud] }: SimEdge, act: (cloud: SimCloud) => void): void {
  if (!cloud) return;
  const { received } = cloud;
  const push = received.push.bind(received);
  received.push = text => {
    if (text.includes('"aybiza.take"')) act(cloud);
    return push(text);
  };
}

/** What was logged of the placement, in order. */
function placements(edge: SimEdge): string[] {
  const entries = edge.brain?.log.entries ?? [];
  return entries.flatMap(entry =>
    entry.kind === 'event' && entry.event.type.startsWith('placement.') ? [entry.event.type] : [],
  );
}

describe('an edge that hands its call to the cloud', () => {
  it('is heard to the byte as if the call had stayed, whenever it moves, and its record is the same', async () => {
    const stayed = await conversation();
    const moments = fc.tuple(fc.integer({ min: 0, max: 5_000 }), fc.integer({ min: 1, max: 40 }));
    await fc.assert(
      fc.asyncProperty(moments, async ([step, latencyMs]) => {
        const moved = await handedOver(5 * step, ({ clouds: [cloud] }) => {
          if (cloud) cloud.latencyMs = latencyMs;
        });
        expect(moved.isTaken).toBe(true);
        expect(moved.edge.call.cloud).toBe('https://cloud-1');
        expect(moved.heard).toEqual(stayed.heard);
        expect(moved.turns).toEqual(stayed.turns);
        expect(moved.gapsMs).toEqual([]);
        expect(moved.edge.carrier.clears).toBe(0);
      }),
      { numRuns: 12, examples: [[[60, 5]], [[400, 40]], [[1_200, 20]], [[2_400, 1]]] },
    );
  });

  it('falls silent for nobody when the node is far away and slow', async () => {
    const stayed = await conversation();
    const moments = fc.tuple(fc.integer({ min: 300, max: 24_000 }), fc.integer({ min: 100, max: 220 }));
    await fc.assert(
      fc.asyncProperty(moments, async ([atMs, latencyMs]) => {
        const moved = await handedOver(atMs, ({ clouds: [cloud] }) => {
          if (cloud) cloud.latencyMs = latencyMs;
        });
        expect(moved.isTaken).toBe(true);
        expect(moved.heard).toEqual(stayed.heard);
        expect(moved.gapsMs).toEqual([]);
      }),
      { numRuns: 8, examples: [[[300, 220]], [[2_000, 220]], [[9_000, 200]]] },
    );
  });

  it('tells the record where the call went, and the chart that it runs in the cloud', async () => {
    const { edge } = await handedOver(2_000);

    expect(placements(edge)).toEqual(['placement.handOff', 'placement.taken']);
    expect(edge.brain?.state).toMatchObject({ live: { placement: 'cloud' } });
    edge.carrier.hangUp();
    await edge.pass(5_000);
    const [summary] = edge.clouds[0]?.journal.finished ?? [];
    expect(summary).toMatchObject({ outcome: 'hungUp', node: 'edge-lhr' });
    expect(summary?.moves).toMatchObject([{ node: 'https://cloud-1', from: 'edge-lhr', reason: 'handOff' }]);
    expect(edge.clouds[0]?.journal.entries.map(({ seq }) => seq)).toEqual(
      edge.clouds[0]?.journal.entries.map((_, i) => i + 1),
    );
    expect(edge.call.stage).toBe('over');
    expect(edge.archived).toEqual([]);
  });

  it.each([
    [
      'the node takes no calls',
      ({ clouds: [cloud] }: SimEdge) => {
        if (cloud) cloud.isOpen = false;
      },
      'no calls are taken here now',
    ],
    [
      'the node cannot be reached',
      ({ clouds: [cloud] }: SimEdge) => {
        if (cloud) cloud.isUp = false;
      },
      'nobody is there',
    ],
    [
      'the node does not answer',
      ({ clouds: [cloud] }: SimEdge) => {
        if (cloud) cloud.isMute = true;
      },
      'did not answer',
    ],
  ])('keeps the call as if nothing had happened when %s', async (_, prepare, reason) => {
    const stayed = await conversation();
    const kept = await handedOver(2_000, prepare);

    expect(kept.isTaken).toBe(false);
    expect(kept.edge.call.stage).toBe('here');
    expect({ heard: kept.heard, turns: kept.turns, gapsMs: kept.gapsMs }).toEqual({
      heard: stayed.heard,
      turns: stayed.turns,
      gapsMs: [],
    });
    expect(placements(kept.edge)).toEqual(['placement.handOff', 'placement.refused']);
    expect(JSON.stringify(kept.edge.brain?.log.entries)).toContain(reason);
  });

  it.each([2_000, 3_500, 9_000])(
    'goes on by itself when the node falls silent with the frozen call in its hands (%i ms)',
    async handOffAtMs => {
      const stayed = await conversation();
      const kept = await handedOver(handOffAtMs, edge => {
        whenTaking(edge, cloud => {
          cloud.isMute = true;
        });
      });

      expect(kept.edge.clouds[0]?.received.some(text => text.includes('aybiza.take'))).toBe(true);
      expect(kept.isTaken).toBe(false);
      expect(kept.edge.call.stage).toBe('here');
      expect(kept.edge.clouds[0]?.host.size).toBe(0);
      expect(kept.heard).toEqual(stayed.heard);
      expect(kept.turns).toEqual(stayed.turns);
      expect(kept.gapsMs).toEqual([]);
      expect(placements(kept.edge)).toEqual(['placement.handOff', 'placement.refused']);
    },
  );

  it('asks the next node when the first refuses', async () => {
    const refuse = ({ clouds }: SimEdge) => {
      for (const cloud of clouds.slice(0, 2)) cloud.isOpen = false;
    };
    const { edge, isTaken } = await handedOver(2_000, refuse, { clouds: 3 });

    expect(isTaken).toBe(true);
    expect(edge.call.cloud).toBe('https://cloud-3');
  });

  it.each([
    ['cloud', false],
    ['edge', true],
  ])(
    'delivers what the carrier says while nobody has the call, in order and once, to the %s',
    async (_, isMute) => {
      const edge = new SimEdge();
      for (const cloud of edge.clouds) cloud.latencyMs = 50;
      whenTaking(edge, cloud => {
        cloud.isMute = isMute;
        for (const [at, key] of [...'2468'].entries())
          edge.clock.setTimeout(() => edge.carrier.key(key), 10 * at);
      });
      await edge.begin();
      await edge.listens();
      const handedOff = edge.call.handOff();
      await edge.until(() => edge.brain?.record.lastUtterance === 1, 'the keys to be heard');

      expect(await handedOff).toBe(!isMute);
      const keyed = (edge.brain?.log.entries ?? []).flatMap(entry =>
        entry.kind === 'event' && entry.event.type === 'caller.keyed' ? [entry.event.digit] : [],
      );
      expect(keyed.join('')).toBe('2468');
      expect(edge.brain?.record.utterance(1)?.text).toBe('2468');
    },
  );
});
