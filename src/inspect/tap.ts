import type { AnyActorRef, AnyMachineSnapshot, InspectionEvent } from 'xstate';
import { flowInfo } from '../../machines/flow-view.ts';
import type { Call } from '../../runtime/call.ts';
import type { Clock } from '../../runtime/clock.ts';
import { CallRedaction } from '../console/redaction/call-redaction.ts';
import type { Happening } from './happening.ts';
import { markedValues } from './marked-values.ts';
import type { Rewrite } from './plain-copy.ts';
import type { Viewer } from './viewer.ts';

/** A call that is being inspected, and by whom. Listens as long as it is open. */
export class Tap {
  readonly call: Call;
  /** Who looks, and from which happening on. */
  readonly viewers = new Map<Viewer<Tap>, number>();
  /** Nobody is shown what is personal, whatever was asked for. */
  readonly mustRedact: boolean;
  readonly #redaction: CallRedaction;
  readonly #marked: Rewrite;
  readonly #stop: () => void;

  /** `heard` is called within the call's turn: it must be quick, and must not throw. */
  constructor(call: Call, mustRedact: boolean, heard: (tap: Tap, happening: Happening) => void) {
    this.call = call;
    this.mustRedact = mustRedact;
    const flow = call.flowSnapshot();
    this.#redaction = new CallRedaction(flowInfo(flow.machine).facts);
    this.#marked = markedValues(this.#redaction);
    this.#learnFacts(flow);
    this.#learn(
      call.record.turns().flatMap(({ turn, tools }) => ({ type: 'tools.finished', turn, results: tools })),
    );
    this.#stop = call.inspect(event => {
      const happening = happeningOf(event, call.clock);
      if (happening) heard(this, happening);
    });
  }

  /** Every actor of the call as it stands, parents first. */
  standing(): Happening[] {
    const wallMs = this.call.clock.wallTime();
    const { root } = this.call;
    return treeOf(root).map(actor => ({
      type: '@xstate.actor',
      actor,
      rootId: root.sessionId,
      wallMs,
      snapshot: actor.getSnapshot(),
    }));
  }

  /** An actor as it stands, for who has missed how it came to that. */
  present(actor: AnyActorRef): Happening {
    return {
      type: '@xstate.snapshot',
      actor,
      rootId: this.call.root.sessionId,
      wallMs: this.call.clock.wallTime(),
      event: { type: 'inspection.caughtUp' },
      snapshot: actor.getSnapshot(),
    };
  }

  /** How values of the call are shown; undefined: as they are. */
  rewriteFor(viewer: Viewer<Tap>): Rewrite | undefined {
    return viewer.wish.redact || this.mustRedact ? this.#marked : undefined;
  }

  /** Learns what is personal, before anything is written in which it could stand. */
  learnFrom(happening: Happening): void {
    if (happening.type === '@xstate.event') this.#learn([happening.event]);
    else if (happening.type === '@xstate.snapshot') this.#learnFacts(happening.snapshot);
  }

  close(): void {
    this.#stop();
  }

  #learn(events: readonly { type: string }[]): void {
    const telling = events.filter(({ type }) => type === 'reply.chose' || type === 'tools.finished');
    this.#redaction.learn(telling.map(event => ({ seq: 0, atMs: 0, kind: 'event', event: event as never })));
  }

  #learnFacts(snapshot: unknown): void {
    const { context } = snapshot as Partial<AnyMachineSnapshot>;
    if (context?.facts) this.#redaction.learnFacts(context.facts);
  }
}

/** Microsteps, actions and single transitions are no part of the protocol. Written out, because it is part of the call's turn. */
function happeningOf(event: InspectionEvent, clock: Clock): Happening | null {
  const { rootId } = event;
  const actor = event.actorRef as AnyActorRef;
  switch (event.type) {
    case '@xstate.actor':
      return { type: '@xstate.actor', actor, rootId, wallMs: clock.wallTime(), snapshot: null };
    case '@xstate.event': {
      const sourceId = event.sourceRef?.sessionId;
      return {
        type: '@xstate.event',
        actor,
        rootId,
        wallMs: clock.wallTime(),
        event: event.event,
        sourceId,
      };
    }
    case '@xstate.snapshot':
      return {
        type: '@xstate.snapshot',
        actor,
        rootId,
        wallMs: clock.wallTime(),
        event: event.event,
        snapshot: event.snapshot,
      };
    default:
      return null;
  }
}

/** Without those that have finished: XState keeps them among their parent's children. */
function treeOf(actor: AnyActorRef): AnyActorRef[] {
  const { children = {} } = actor.getSnapshot() as { children?: Record<string, AnyActorRef> };
  const live = Object.values(children).filter(child => child?.getSnapshot().status === 'active');
  return [actor, ...live.flatMap(treeOf)];
}
