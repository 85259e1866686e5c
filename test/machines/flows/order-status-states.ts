import { createActor, type SnapshotFrom } from 'xstate';
import type { FlowEvent } from '../../../machines/flow.ts';
import { type FlowView, viewFlow } from '../../../machines/flow-view.ts';
import { orderStatus } from '../../../machines/flows/order-status.ts';

type Snapshot = SnapshotFrom<typeof orderStatus>;

/** Goods for every kind of event the world around the flow can send. */
const worldEvents: readonly FlowEvent[] = [
  {
    type: 'tool.succeeded',
    tool: 'lookUpOrder',
    result: {
      found: true,
      orderNumber: '4711',
      item: 'a desk lamp',
      status: 'is on its way',
      arrival: 'It should reach you on Thursday.',
    },
  },
  { type: 'tool.succeeded', tool: 'lookUpOrder', result: { found: false, orderNumber: '4711' } },
  { type: 'tool.failed', tool: 'lookUpOrder', error: 'timed out' },
  { type: 'transfer.failed' },
];

/** Every state that choices, tools and transfers lead to, with the way there. */
export function reachableStates(): Map<string, Snapshot> {
  const found = new Map<string, Snapshot>();
  const toVisit = [createActor(orderStatus).getSnapshot()];
  for (let at = toVisit.pop(); at; at = toVisit.pop()) {
    const { state } = viewFlow(at, 'en');
    if (found.has(state)) continue;
    found.set(state, at);
    toVisit.push(...eventsIn(at).map(event => moved(at, event)));
  }
  return found;
}

/** A view of every reachable state. */
export const allViews: readonly FlowView[] = [...reachableStates().values()].map(at => viewFlow(at, 'en'));

export function moved(snapshot: Snapshot, event: FlowEvent): Snapshot {
  const actor = createActor(orderStatus, { snapshot });
  actor.start();
  actor.send(event);
  const next = actor.getSnapshot();
  actor.stop();
  return next;
}

function eventsIn(snapshot: Snapshot): FlowEvent[] {
  const choices = viewFlow(snapshot, 'en').choices.map(
    ({ event, slots }): FlowEvent => ({
      type: event as `caller.${string}`,
      facts: 'orderNumber' in slots ? { orderNumber: '4711' } : {},
    }),
  );
  return [...choices, ...worldEvents.filter(event => snapshot.can(event))];
}
