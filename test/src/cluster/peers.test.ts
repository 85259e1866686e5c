import { expect, it } from 'vitest';
import { SimulatedClock } from '../../../runtime/clock.ts';
import type { HttpRequest, HttpResponse } from '../../../runtime/cloud/transport.ts';
import { NoAnswerInTime, SENT_ON_BY, type SendRequest } from '../../../src/cluster/forward-webhook.ts';
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
function peers(looks: (Peer | null | Error)[], answer: SendRequest) {
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
  await clock.advance(5_000);
  expect(await answered).toMatchObject({ body: 'of b' });

  const failing = peers(Array(6).fill(lost), async () => ({ status: 200 }));
  const rejected = expect(failing.asked.answerKnown(request, 'CA1')).rejects.toThrow(
    'the connection was reset',
  );
  await failing.clock.advance(5_000);
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

it('asks a node that runs the call and has much to do once more, and gives it longer, before it takes the call from it', async () => {
  const timeouts: (number | undefined)[] = [];
  const send =
    (answer: HttpResponse | null): SendRequest =>
    async (_, __, timeoutMs) => {
      timeouts.push(timeoutMs);
      if (timeouts.length === 2 && answer) return answer;
      throw new NoAnswerInTime('too late');
    };
  const slow = peers([owner], send({ status: 200, body: 'of b' }));
  expect(await slow.asked.answerKnown(request, 'CA1')).toMatchObject({ body: 'of b' });
  expect(timeouts).toEqual([undefined, expect.any(Number)]);
  expect(timeouts[1]).toBeGreaterThan(1_500);

  timeouts.length = 0;
  const dead = peers([owner], send(null));
  expect(await dead.asked.answerKnown(request, 'CA1')).toBeNull();
  expect(timeouts).toHaveLength(2);
});

it('leaves a call that it has just let go to the node that asks for it', async () => {
  const { asked } = peers([owner], () => Promise.reject(new Error('nobody is asked')));
  const sentOn = { ...request, headers: { [SENT_ON_BY]: 'b' } };
  expect(await asked.answerKnown(sentOn, 'CA1', true)).toMatchObject({ status: 409 });
  expect(await asked.answerKnown(sentOn, 'CA1')).toBeNull();
});
