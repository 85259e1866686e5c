import { type AnyMachineSnapshot, type AnyStateMachine, createActor } from 'xstate';
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

/** What is said of the world for the whole call; a path that would need two answers of one tool is none. */
export interface Premises {
  answers: Readonly<Record<string, Record<string, unknown>>>;
  transferFails: boolean;
}

export interface Path {
  steps: readonly WalkStep[];
  premises: Premises;
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
  const start = createActor(machine);
  let places: Place[] = [
    {
      snapshot: start.getSnapshot() as AnyMachineSnapshot,
      steps: [],
      premises: { answers: {}, transferFails: false },
    },
  ];

  for (let length = 0; length < MOST_STEPS && places.length > 0; length++) {
    const further: Place[] = [];
    for (const place of places) {
      const view = viewFlow(place.snapshot, language);
      for (const move of await movesAt(place.snapshot, view, ask)) {
        const premises = withMove(place.premises, move);
        if (premises === null) continue;
        const { snapshot, reached } = take(place.snapshot, move);
        const to = viewFlow(snapshot, language).state;
        const next = { snapshot, premises, steps: [...place.steps, { move, from: view.state, to }] };
        for (const id of reached) if (!found.has(id)) found.set(id, next);
        const key = keyOf(next);
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

function withMove(premises: Premises, move: Move): Premises | null {
  if (move.kind === 'nobodyTakesCall') return { ...premises, transferFails: true };
  if (move.kind !== 'toolAnswers' || move.answer === null) {
    const isAnswered = move.kind === 'toolAnswers' && Object.hasOwn(premises.answers, move.tool);
    return isAnswered ? null : premises;
  }
  const known = premises.answers[move.tool];
  if (known && JSON.stringify(known) !== JSON.stringify(move.answer)) return null;
  return { ...premises, answers: { ...premises.answers, [move.tool]: move.answer } };
}

function keyOf({ snapshot, premises }: Place): string {
  return JSON.stringify([snapshot.value, snapshot.context, premises]);
}
