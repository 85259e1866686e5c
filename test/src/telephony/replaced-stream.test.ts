import { expect, it } from 'vitest';
import type { Call } from '../../../runtime/call.ts';
import { SimulatedClock } from '../../../runtime/clock.ts';
import type { Socket } from '../../../runtime/cloud/transport.ts';
import { startMessage } from '../../../src/caller/stream-messages.ts';
import { mediaSocket, type Stream } from '../../../src/telephony/media-socket.ts';
import { Reception } from '../../../src/telephony/reception.ts';

const CALL = {
  accountSid: 'AC1',
  callSid: 'CA1',
  from: '+15550001',
  to: '+15550002',
  direction: 'inbound' as const,
  callStatus: 'in-progress',
  parameters: {},
};

/** A call whose stream is followed by another, though the first still looks open from here. */
function replaced(hasEndedUnheard: boolean): string[] {
  const happened: string[] = [];
  const reception = new Reception({ clock: new SimulatedClock() });
  const call = {
    start: { callSid: CALL.callSid },
    line: {
      playout: { hasEndedUnheard },
      detach: (socket: Socket<Stream>, reason: string) =>
        happened.push(`${(socket as unknown as { name: string }).name} is lost: ${reason}`),
    },
  } as unknown as Call;
  const media = mediaSocket({
    access: { authorizeUpgrade: () => null } as never,
    reception,
    clock: new SimulatedClock(),
    log: { info() {}, warn() {}, error() {} } as never,
    answer: expected => {
      happened.push(expected.resume ? 'the call is back' : 'the call begins');
      return call;
    },
  });
  for (const [streamSid, resume] of [
    ['MZ1', false],
    ['MZ2', true],
  ] as const) {
    const token = reception.announce({ ...CALL, resume });
    const { accept } = media.authorize({} as never) as { accept: Stream };
    const close = (_: number, reason: string) => happened.push(`${streamSid} is closed: ${reason}`);
    const socket = { data: accept, name: streamSid, close, send: () => 'sent' };
    const start = startMessage(1, { ...CALL, streamSid }, { token });
    media.message(socket as unknown as Socket<Stream>, Buffer.from(start), false);
  }
  media.stop();
  return happened;
}

it('A caller whose stream had vanished was never told what the agent had said into it to the end', () => {
  expect(replaced(true)).toEqual([
    'the call begins',
    'MZ1 is lost: replaced by a new stream',
    'MZ1 is closed: replaced by a new stream',
    'the call is back',
  ]);
});

it('A new stream goes on with what the agent is saying, and no line is lost', () => {
  expect(replaced(false)).toEqual([
    'the call begins',
    'MZ1 is closed: replaced by a new stream',
    'the call is back',
  ]);
});
