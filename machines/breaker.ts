import { assign, setup } from 'xstate';

/** What a breaker is told of the requests it lets through. */
export type BreakerEvent =
  | { type: 'request.started' }
  | { type: 'request.succeeded' }
  /** `graceful` failures say nothing about the provider's health: a request that was wrong, or taken back. */
  | { type: 'request.failed'; graceful: boolean; retryAfterMs: number | null };

export interface BreakerInput {
  /** Failures in a row that open it. */
  threshold: number;
  /** First rest; each further one is twice as long. */
  restMs: number;
  maxRestMs: number;
}

interface BreakerContext extends BreakerInput {
  failures: number;
  /** Rests in a row. */
  rests: number;
  /** What the provider asked for, in the last failure. */
  askedMs: number;
}

/**
 * Keeps requests away from a provider that fails: a caller should not wait for what is known to be broken. After a rest
 * one request at a time is let through to see.
 */
export const breakerMachine = setup({
  types: {
    context: {} as BreakerContext,
    input: {} as BreakerInput,
    events: {} as BreakerEvent,
    tags: {} as 'lets through',
  },
  delays: {
    rest: ({ context }) =>
      Math.max(context.askedMs, Math.min(context.restMs * 2 ** (context.rests - 1), context.maxRestMs)),
    probeTimeout: 30_000,
  },
  guards: {
    isGraceful: ({ event }) => event.type === 'request.failed' && event.graceful,
    isLastStraw: ({ context, event }) =>
      event.type === 'request.failed' &&
      (context.failures + 1 >= context.threshold || event.retryAfterMs !== null),
  },
  actions: {
    countFailure: assign({ failures: ({ context }) => context.failures + 1 }),
    forgetFailures: assign({ failures: 0, rests: 0, askedMs: 0 }),
    countRest: assign({
      rests: ({ context }) => context.rests + 1,
      failures: 0,
      askedMs: ({ event }) => (event.type === 'request.failed' ? (event.retryAfterMs ?? 0) : 0),
    }),
  },
}).createMachine({
  id: 'breaker',
  description: 'The health of one provider in one region, as our own requests show it.',
  context: ({ input }) => ({ ...input, failures: 0, rests: 0, askedMs: 0 }),
  initial: 'closed',
  states: {
    closed: {
      description: 'Requests go through.',
      tags: 'lets through',
      on: {
        'request.succeeded': { actions: 'forgetFailures' },
        'request.failed': [
          { guard: 'isGraceful' },
          { guard: 'isLastStraw', target: 'open', actions: 'countRest' },
          { actions: 'countFailure' },
        ],
      },
    },
    open: {
      description: 'The provider rests; nobody waits for it.',
      after: { rest: 'halfOpen' },
      on: { 'request.succeeded': { target: 'closed', actions: 'forgetFailures' } },
    },
    halfOpen: {
      description: 'The next request shows whether it has recovered.',
      tags: 'lets through',
      on: { 'request.started': 'probing' },
    },
    probing: {
      description: 'One request is under way to see.',
      on: {
        'request.succeeded': { target: 'closed', actions: 'forgetFailures' },
        'request.failed': [
          { guard: 'isGraceful', target: 'halfOpen' },
          { target: 'open', actions: 'countRest' },
        ],
      },
      after: { probeTimeout: 'halfOpen' },
    },
  },
});
