import { expect, it } from 'vitest';
import { SimulatedClock } from '../../../runtime/clock.ts';
import type { HttpRequest, HttpResponse } from '../../../runtime/cloud/transport.ts';
import { Peers } from '../../../src/cluster/peers.ts';
import type { Peer } from '../../../src/storage/node-registry.ts';
import { quietLog } from '../../harness/sim-call.ts';

const request: HttpRequest = {
  method: 'POST',
  path: '/api/twilio/resume',
  params: {},
  query: '',
  headers: {},
  body: Buffer.alloc(0),
  remoteAddress: '127.0.0.1',
};
const owner: Peer = { node: 'b', url: 'http://b.test', region: '', calls: 1 };

/** `looks`: what the registry finds, one look after the other. */
function peers(looks: (Peer | null | Error)[], answer: () => Promise<HttpResponse>) {
  const clock = new SimulatedClock();
  const registry = {
    async ownerOf() {
      const found = looks.shift() ?? null;
      if (found instanceof Error) throw found;
      return found;
    },
    peers: async () => [],
  };
  const asked = new Peers({
    ...{ registry, node: 'a', isDraining: () => false, clock, log: quietLog, send: answer },
    bounds: { isOpen: true, refusal: () => null, mayBeAt: () => true },
    store: { peek: async () => null },
    regionUrls: {},
  });
  return { asked, clock };
}

const lost = new Error('the connection was reset');

it('looks again for who runs a call, and takes it from nobody when that cannot be found out', async () => {
  const { asked, clock } = peers([lost, lost, owner], async () => ({ status: 200, body: 'of b' }));
  const answered = asked.answerKnown(request, 'CA1');
  await clock.advance(1_000);
  expect(await answered).toMatchObject({ body: 'of b' });

  const failing = peers([lost, lost, lost], async () => ({ status: 200 }));
  const rejected = expect(failing.asked.answerKnown(request, 'CA1')).rejects.toThrow(
    'the connection was reset',
  );
  await failing.clock.advance(1_000);
  await rejected;
});

it('passes on what the node says that runs the call, even that it cannot answer', async () => {
  const { asked } = peers([owner], async () => ({ status: 500 }));
  expect(await asked.answerKnown(request, 'CA1')).toMatchObject({ status: 500 });
});

it('leaves the answer to this node when the one that ran the call is not there, or nobody runs it', async () => {
  const dead = peers([owner], () => Promise.reject(new Error('connection refused')));
  expect(await dead.asked.answerKnown(request, 'CA1')).toBeNull();
  const free = peers([null], async () => ({ status: 200 }));
  expect(await free.asked.answerKnown(request, 'CA1')).toBeNull();
});
