import type { AnyActorRef, AnyEventObject } from 'xstate';

/** Something in a call's actor system as XState told of it, kept by reference until there is time to write it down. */
export type Happening = { actor: AnyActorRef; rootId: string; wallMs: number } & (
  | { type: '@xstate.actor'; snapshot: unknown }
  | { type: '@xstate.event'; event: AnyEventObject; sourceId: string | undefined }
  | { type: '@xstate.snapshot'; event: AnyEventObject; snapshot: unknown }
);
