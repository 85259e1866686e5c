import { expect, it } from 'vitest';
import type { Call } from '../../../runtime/call.ts';
import { SimulatedClock } from '../../../runtime/clock.ts';
import type { Socket } from '../../../runtime/cloud/transport.ts';
import { type CarrierMessage, readCarrierMessage } from '../../../runtime/media/media-streams.ts';
import { startMessage } from '../../../src/caller/stream-messages.ts';
import { mediaSocket, type Stream } from '../../../src/telephony/media-socket.ts';
import { Reception } from '../../../src/telephony/reception.ts';

/** What reaches the call of a stream that was announced with `acceptsText` and then types. */
function typed(acceptsText: boolean | undefined, ...messages: object[]): CarrierMessage[] {
  const clock = new SimulatedClock();
  const received: CarrierMessage[] = [];
  const reception = new Reception({ clock });
  const media = mediaSocket({
    access: { authorizeUpgrade: () => null } as never,
    reception,
    clock,
    log: { info() {}, warn() {}, error() {} } as never,
    answer: () =>
      ({ line: { receive: (message: CarrierMessage) => received.push(message) } }) as never as Call,
  });
  const identity = { accountSid: 'AC1', callSid: 'CA1', streamSid: 'MZ1' };
  const token = reception.announce({
    ...identity,
    from: 'softphone',
    to: 'softphone',
    direction: 'inbound',
    callStatus: 'in-progress',
    parameters: {},
    resume: false,
    ...(acceptsText !== undefined && { acceptsText }),
  });

  const admitted = media.authorize({} as never) as { accept: Stream };
  const socket = { data: admitted.accept, close() {}, send: () => 'sent' } as unknown as Socket<Stream>;
  media.message(socket, Buffer.from(startMessage(1, identity, { token })), false);
  for (const message of messages) media.message(socket, Buffer.from(JSON.stringify(message)), false);
  media.stop();
  return received;
}

const words = { event: 'aybiza.text', streamSid: 'MZ1', text: '  where is\n my order ' };

it('reach the call of a softphone, on one line', () => {
  expect(typed(true, words)).toEqual([{ event: 'text', text: 'where is my order' }]);
});

it('are ignored on the stream of a carrier, which goes on', () => {
  const key = { event: 'dtmf', dtmf: { digit: '4' } };
  expect(typed(undefined, words, key)).toEqual([{ event: 'dtmf', digit: '4' }]);
});

it.each([[''], ['   '], ['x'.repeat(501)], [7], [null]])('are malformed as %j', text => {
  const read = readCarrierMessage(Buffer.from(JSON.stringify({ event: 'aybiza.text', text })));
  expect(read).toEqual({ event: 'malformed', reason: 'text must have 1 to 500 characters' });
});
