import type { AfterStream } from '../../runtime/edge/edge-call.ts';
import type { CallDoor } from './webhooks.ts';
import type { EdgeEnv } from './workers.ts';

/** The object of one call. */
export function callObject(env: EdgeEnv, callSid: string) {
  const object = env.CALLS.get(env.CALLS.idFromName(callSid));
  return { fetch: (request: Request) => object.fetch(request as never) as unknown as Promise<Response> };
}

/** The webhooks' questions to a call's object. */
export function callDoor(env: EdgeEnv, callSid: string): CallDoor {
  async function ask<Answer>(path: string, body?: unknown): Promise<Answer> {
    const response = await callObject(env, callSid).fetch(
      new Request(`https://call${path}`, { method: 'POST', body: JSON.stringify(body ?? {}) }),
    );
    if (!response.ok) throw new Error(`The object of the call answered ${response.status}.`);
    return (await response.json()) as Answer;
  }

  return {
    async announce(plan, token) {
      await ask('/start', { plan, token });
    },
    async expectAgain(token) {
      await ask('/again', { token });
    },
    afterStream: () => ask<AfterStream>('/after'),
    dialed: async status => (await ask<{ isServed: boolean }>('/dialed', { status })).isServed,
    async status(status) {
      await ask('/status', { status });
    },
  };
}
