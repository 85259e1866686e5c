import { describe, expect, it } from 'vitest';
import { SimulatedClock } from '../../../runtime/clock.ts';
import { LoginThrottle } from '../../../src/api/login-throttle.ts';
import { sessionRoutes } from '../../../src/api/session.ts';
import { Sessions } from '../../../src/api/sessions.ts';
import { Secret } from '../../../src/secret.ts';
import { httpRequest } from '../telephony/http-request.ts';

const HOUR_MS = 3_600_000;
const KEY = 'a-key-of-a-test-0123456789';

describe('a session', () => {
  it('lasts as long as it is used, and twelve hours longer', async () => {
    const clock = new SimulatedClock();
    const sessions = new Sessions({ clock });
    const [used, idle] = [sessions.open(), sessions.open()];
    let ended = 0;
    sessions.onEnded(() => ended++);
    for (let hours = 0; hours < 30; hours += 6) {
      await clock.advance(6 * HOUR_MS);
      expect(sessions.isOpen(used)).toBe(true);
    }
    expect([sessions.isOpen(idle), ended]).toEqual([false, 1]);
    await clock.advance(12 * HOUR_MS);
    expect(sessions.isOpen(used)).toBe(false);
  });

  it('of a browser long unused gives way when there are too many', () => {
    const sessions = new Sessions({ clock: new SimulatedClock(), maxSessions: 2 });
    const [first, second] = [sessions.open(), sessions.open()];
    sessions.isOpen(first);
    const third = sessions.open();
    expect([first, second, third].map(token => sessions.isOpen(token))).toEqual([true, false, true]);
  });

  it('has a cookie for this very host over https alone, where that is the public address', async () => {
    const clock = new SimulatedClock();
    const routes = sessionRoutes({
      apiKey: new Secret(KEY),
      publicUrl: 'https://calls.example.com',
      sessions: new Sessions({ clock }),
      throttle: new LoginThrottle(clock),
      log: { warn() {} },
    });
    const post = routes.find(({ method }) => method === 'POST');
    const answer = await post?.handle(
      httpRequest({ method: 'POST', body: JSON.stringify({ key: KEY }), remoteAddress: '203.0.113.9' }),
    );
    expect(answer?.headers?.['set-cookie']).toMatch(
      /^__Host-aybiza=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Secure$/,
    );
  });
});

it('A key may be tried ten times at once, then once in six seconds, by each address', async () => {
  const clock = new SimulatedClock();
  const throttle = new LoginThrottle(clock);
  for (let tries = 0; tries < 10; tries++) throttle.failed('a');
  expect([throttle.waitS('a'), throttle.waitS('b')]).toEqual([6, 0]);
  await clock.advance(6_000);
  expect(throttle.waitS('a')).toBe(0);
  throttle.failed('a');
  expect(throttle.waitS('a')).toBe(6);
});
