import { type AnyMachineSnapshot, type AnyStateMachine, createActor } from 'xstate';
import type { FlowContext } from '../../../machines/flow.ts';
import { viewFlow } from '../../../machines/flow-view.ts';
import { FlowTrace } from '../../rehearsal/flow-trace.ts';
import { type Ask, type Move, movesAt } from './moves.ts';

/** A move and where it leads. */
export interface WalkStep {
  move: Move;
  /** Dotted path of the flow's state before and after. */
  from: string;
  to: string;
}

export interface Path {
  steps: readonly WalkStep[];
}

interface Place extends Path {
  snapshot: AnyMachineSnapshot;
}

/** Longer conversations are not proposed. */
const MOST_STEPS = 14;
/** A flow with more places than this, by state and facts, is not walked to its end. */
const MOST_PLACES = 3_000;

/** The shortest way to take each transition and to reach each state, by their ids, breadth first. */
export async function shortestPaths(
  machine: AnyStateMachine,
  language: string,
  ask: Ask,
): Promise<ReadonlyMap<string, Path>> {
  const found = new Map<string, Path>();
  const seen = new Set<string>();
  const keyOf = gistOf(machine);
  const start = createActor(machine);
  let places: Place[] = [{ snapshot: start.getSnapshot() as AnyMachineSnapshot, steps: [] }];

  for (let length = 0; length < MOST_STEPS && places.length > 0; length++) {
    const further: Place[] = [];
    for (const place of places) {
      const view = viewFlow(place.snapshot, language);
      for (const move of await movesAt(place.snapshot, view, ask)) {
        const { snapshot, reached } = take(place.snapshot, move);
        const to = viewFlow(snapshot, language).state;
        const next = { snapshot, steps: [...place.steps, { move, from: view.state, to }] };
        for (const id of reached) if (!found.has(id)) found.set(id, next);
        const key = keyOf(snapshot);
        if (seen.has(key) || seen.size >= MOST_PLACES) continue;
        seen.add(key);
        if (snapshot.status === 'active') further.push(next);
      }
    }
    places = further;
  }
  return found;
}

/** Makes the move in an actor of its own, and tells the ids of all that it comes through. */
function take(
  from: AnyMachineSnapshot,
  { event }: Move,
): { snapshot: AnyMachineSnapshot; reached: string[] } {
  const trace = new FlowTrace(from);
  const before = new Set(Object.keys(trace.hits.states));
  const actor = createActor(from.machine, {
    snapshot: from,
    inspect: inspected => {
      if (inspected.type === '@xstate.microstep') trace.follow(inspected);
    },
  });
  // What a chart throws is the business of `check`.
  actor.subscribe({ error() {} });
  actor.start();
  actor.send(event);
  const snapshot = actor.getSnapshot() as AnyMachineSnapshot;
  actor.stop();
  const { states, transitions } = trace.hits;
  return {
    snapshot,
    reached: [...Object.keys(transitions), ...Object.keys(states).filter(id => !before.has(id))],
  };
}

/** Guards of every flow that ask about no fact's value. */
const ASKING_NO_VALUES: ReadonlySet<string> = new Set(['knowsFacts', 'resultIs', 'mayBeDone']);

/**
 * What of a place decides where it leads: the state, the values of facts that a guard asks about, and which others are
 * known. A flow with guards of its own may ask about anything.
 */
function gistOf(machine: AnyStateMachine): (snapshot: AnyMachineSnapshot) => string {
  const asked = new Set<string>();
  let asksAnything = false;
  const visit = (node: AnyStateMachine['root']) => {
    for (const { guard } of [...node.transitions.values()].flat()) {
      const { type, params } = (guard ?? {}) as { type?: string; params?: { fact?: string } };
      if (type === 'factIs' && params?.fact !== undefined) asked.add(params.fact);
      else if (guard !== undefined && !ASKING_NO_VALUES.has(type ?? '')) asksAnything = true;
    }
    for (const child of Object.values(node.states)) visit(child);
  };
  visit(machine.root);

  return ({ value, context }) => {
    const facts = Object.entries((context as FlowContext).facts).sort(([one], [other]) =>
      one < other ? -1 : 1,
    );
    const gist = facts.map(([name, fact]) => (asksAnything || asked.has(name) ? [name, fact] : [name]));
    return JSON.stringify([value, gist]);
  };
}
