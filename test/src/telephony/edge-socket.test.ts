import { expect, it } from 'vitest';
import type { Call } from '../../../runtime/call.ts';
import type { CallHost } from '../../../runtime/call-host.ts';
import { SimulatedClock } from '../../../runtime/clock.ts';
import type { Socket } from '../../../runtime/cloud/transport.ts';
import { edgeSocket, type Relay } from '../../../src/telephony/edge-socket.ts';
import { quietLog } from '../../harness/sim-call.ts';

it.each([
  { isClosing: false, answer: 'aybiza.taken' },
  { isClosing: true, answer: 'aybiza.refused' },
])(
  'a node that drains takes back a call that nobody else goes on with, unless it closes: $answer',
  async ({ isClosing, answer }) => {
    const door = edgeSocket({
      access: () => null,
      host: { bySid: () => undefined } as unknown as CallHost,
      clock: new SimulatedClock(),
      log: quietLog,
      isOpen: () => false,
      mayReturn: () => !isClosing,
      refusal: { ofNew: () => null, of: () => null },
      complete: async () => {},
      mustFit() {},
      begin: () => Promise.reject() as never,
      takeOver: async () => ({ callId: 'call-1', go: () => ({}) as Call, drop() {} }),
    });
    const decision = door.authorize({} as never);
    if ('refuse' in decision) throw new Error('refused');
    const told: string[] = [];
    const socket: Socket<Relay> = {
      data: decision.accept,
      bufferedBytes: 0,
      send(message) {
        told.push(JSON.parse(String(message)).event);
        return 'sent';
      },
      close() {},
    };
    const rehome = { event: 'aybiza.rehome', callSid: 'CA1', streamSid: 'MZ1' };
    door.message(socket, Buffer.from(JSON.stringify(rehome)), false);
    await null;
    await null;
    expect(told).toEqual([answer]);
  },
);
