import { expect, it } from 'vitest';
import type { Call } from '../../../runtime/call.ts';
import type { CallHost } from '../../../runtime/call-host.ts';
import { SimulatedClock } from '../../../runtime/clock.ts';
import type { Socket } from '../../../runtime/cloud/transport.ts';
import type { CallStart } from '../../../runtime/journal.ts';
import type { PreparedCall } from '../../../runtime/moving/prepared-call.ts';
import { type EdgeSocketOptions, edgeSocket, type Relay } from '../../../src/telephony/edge-socket.ts';
import { quietLog } from '../../harness/sim-call.ts';

/** A door to `host`, and one relay through it. */
function relay(options: Partial<EdgeSocketOptions>) {
  const door = edgeSocket({
    access: () => null,
    host: { bySid: () => undefined } as unknown as CallHost,
    clock: new SimulatedClock(),
    log: quietLog,
    isOpen: () => true,
    mayReturn: () => true,
    refusal: { ofNew: () => null, of: () => null },
    isOurs: async () => true,
    complete: async () => {},
    mustFit() {},
    begin: () => Promise.reject() as never,
    takeOver: async () => ({ callId: 'call-1', go: () => ({}) as Call, drop() {} }),
    ...options,
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
  const say = async (message: object) => {
    door.message(socket, Buffer.from(JSON.stringify(message)), false);
    for (let turn = 0; turn < 10; turn++) await null;
    return told;
  };
  return { say, door, socket };
}

/** A host that has one call, until it abandons it. */
function hostOf(call: Partial<Call> & Pick<Call, 'start'>) {
  const did: string[] = [];
  let held: Partial<Call> | undefined = { isOver: false, resume: () => void did.push('resumed'), ...call };
  const host = {
    bySid: () => held,
    abandon(callId: string) {
      did.push(`abandoned ${callId}`);
      held = undefined;
    },
  } as unknown as CallHost;
  return { host, did };
}

const rehome = { event: 'aybiza.rehome', callSid: 'CA1', streamSid: 'MZ1' };
const start = { callId: 'call-1', callSid: 'CA1' } as CallStart;

it.each([
  { isClosing: false, answer: 'aybiza.taken' },
  { isClosing: true, answer: 'aybiza.refused' },
])(
  'a node that drains takes back a call that nobody else goes on with, unless it closes: $answer',
  async ({ isClosing, answer }) => {
    const { say } = relay({ isOpen: () => false, mayReturn: () => !isClosing });
    expect(await say(rehome)).toEqual([answer]);
  },
);

it('a node that stood still is not heard again with the call as it was, when another has gone on with it meanwhile', async () => {
  const { host, did } = hostOf({ start });
  const { say } = relay({ host, isOurs: async () => false });
  expect(await say({ ...rehome, wasYours: false })).toEqual(['aybiza.taken']);
  expect(did).toEqual(['abandoned call-1']);

  const cutOff = hostOf({ start });
  const isOurs = () => Promise.reject(new Error('the records are away'));
  expect(await relay({ host: cutOff.host, isOurs }).say({ ...rehome, wasYours: false })).toEqual([
    'aybiza.refused',
  ]);
  expect(await relay({ host: cutOff.host, isOurs }).say({ ...rehome, wasYours: true })).toEqual([
    'aybiza.taken',
  ]);
  expect(cutOff.did).toEqual(['resumed']);
});

it.each([
  [{ isCutOff: true }, true],
  [{ isCutOff: false }, false],
  [{}, false],
])(
  'a call that another node has let go is told whether its stream was cut off then: %j',
  async (said, isCutOff) => {
    const went: unknown[] = [];
    const go: PreparedCall['go'] = carrier => {
      went.push({ streamSid: carrier?.streamSid, isCutOff: carrier?.isCutOff });
      return {} as Call;
    };
    const { say } = relay({ takeOver: async () => ({ callId: 'call-1', go, drop() {} }) });
    expect(await say({ ...rehome, ...said })).toEqual(['aybiza.taken']);
    expect(went).toEqual([{ streamSid: 'MZ1', isCutOff }]);
  },
);

it('a call whose edge did not hear that it was begun goes on when it is begun again, and has one record', async () => {
  const { host, did } = hostOf({ start });
  const begun: (string | undefined)[] = [];
  const begin: EdgeSocketOptions['begin'] = wish => {
    begun.push(wish.callId);
    return {} as Call;
  };
  const wish = { callId: 'call-1', callSid: 'CA1', from: '', to: '', direction: 'inbound', parameters: {} };
  const message = { event: 'aybiza.begin', start: wish, streamSid: 'MZ1' };
  expect(await relay({ host, begin }).say(message)).toEqual(['aybiza.taken']);
  expect({ did, begun }).toEqual({ did: ['resumed'], begun: [] });

  expect(await relay({ begin }).say(message)).toEqual(['aybiza.taken']);
  expect(begun).toEqual(['call-1']);
});

it('A call that had come back before it was written down that it had left was sent away once more, with its agent in mid-sentence', async () => {
  let status = 'active';
  const call = { root: { getSnapshot: () => ({ status }) } } as unknown as Call;
  const { door, say } = relay({ takeOver: async () => ({ callId: 'call-1', go: () => call, drop() {} }) });
  expect(await say(rehome)).toEqual(['aybiza.taken']);
  expect(door.moved('CA1')).toBe(false);
  status = 'stopped';
  expect(door.moved('CA1')).toBe(true);
  expect(await say({ event: 'aybiza.ping' })).toEqual(['aybiza.taken', 'aybiza.moved']);
});

it.each([
  { isAttached: false, told: [{ type: 'line.lost', reason: 'its stream never came' }] },
  { isAttached: true, told: [] },
])(
  'A call went on for ever without a stream, when its edge had given up before the records let it come (attached since: $isAttached)',
  async ({ isAttached, told }) => {
    const sent: object[] = [];
    let come = (_: PreparedCall) => {};
    const clock = new SimulatedClock();
    const call = { start, line: { isAttached }, send: (event: object) => sent.push(event) };
    let held: Call | undefined;
    const { door, say, socket } = relay({
      clock,
      host: { bySid: () => held } as unknown as CallHost,
      takeOver: () => new Promise<PreparedCall>(resolve => (come = resolve)),
    });
    await say(rehome);
    door.closed(socket, 1000, 'another node is asked');
    const go = () => (held = call as unknown as Call);
    come({ callId: 'call-1', go, drop() {} });
    await clock.advance(20_000);
    expect(sent).toEqual(told);
  },
);
