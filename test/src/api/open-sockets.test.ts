import { expect, test } from 'vitest';
import { SimulatedClock } from '../../../runtime/clock.ts';
import { OpenSockets } from '../../../src/api/open-sockets.ts';

const socket = () => {
  const own = {
    isIn: true,
    closed: [] as [number, string][],
    isStillIn: () => own.isIn,
    close: (code: number, reason: string) => void own.closed.push([code, reason]),
  };
  return own;
};

test('whoever may not look any more is closed out within a minute, or at once when asked, and nobody else is', async () => {
  const clock = new SimulatedClock();
  const open = new OpenSockets(clock);
  const [stays, leaves, leavesLater] = [socket(), socket(), socket()];
  for (const each of [stays, leaves, leavesLater]) open.add(each);

  leaves.isIn = false;
  open.recheck();
  expect(leaves.closed).toEqual([[1008, 'logged out']]);
  open.delete(leaves);
  leavesLater.isIn = false;
  await clock.advance(60_000);

  expect(leavesLater.closed).toEqual([[1008, 'logged out']]);
  expect(stays.closed).toEqual([]);
});

test('no timer runs once the last socket is closed, or when told to stop', async () => {
  const clock = new SimulatedClock();
  const open = new OpenSockets(clock);
  const only = socket();
  open.add(only);
  open.delete(only);
  await clock.advance(60_000);
  expect([open.size, clock.pending]).toEqual([0, 0]);

  open.add(only);
  open.stop();
  expect(clock.pending).toBe(0);
});
