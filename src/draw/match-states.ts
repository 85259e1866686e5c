import { type ChartModel, type ChartState, type ChartTransition, isInside, statesOf } from './chart-model.ts';
import { canonical } from './compare-values.ts';

/** Which state of one version is which of the other, by id. What is not in it is gone or new. */
export interface StateMatch {
  /** From the id before to the id after. */
  toAfter: ReadonlyMap<string, string>;
  toBefore: ReadonlyMap<string, string>;
}

/**
 * States of the same path are the same. One that is gone and one that is new are the same under another name or in
 * another place when they have the same content and no other gone or new state has it.
 */
export function matchStates(before: ChartModel, after: ChartModel): StateMatch {
  const match = new Matching(before, after);
  match.pair(before.root, after.root);
  while (match.pairRenamed());
  return match;
}

class Matching implements StateMatch {
  readonly toAfter = new Map<string, string>();
  readonly toBefore = new Map<string, string>();
  readonly #before: Side;
  readonly #after: Side;

  constructor(before: ChartModel, after: ChartModel) {
    this.#before = sideOf(before);
    this.#after = sideOf(after);
  }

  /** The two are the same, and so are their children of the same name. */
  pair(before: ChartState, after: ChartState): void {
    this.toAfter.set(before.id, after.id);
    this.toBefore.set(after.id, before.id);
    for (const child of before.children) {
      const partner = after.children.find(({ name }) => name === child.name);
      if (partner && !this.toAfter.has(child.id) && !this.toBefore.has(partner.id)) this.pair(child, partner);
    }
  }

  /** Pairs one gone state with the only new one of the same content. False when there is none. */
  pairRenamed(): boolean {
    const gone = bySignature(this.#before, this.toAfter, id => this.toAfter.get(id));
    const fresh = bySignature(this.#after, this.toBefore, id => (this.toBefore.has(id) ? id : undefined));
    for (const [signature, states] of gone) {
      const others = fresh.get(signature) ?? [];
      if (states.length !== 1 || others.length !== 1) continue;
      this.pair(states[0]!, others[0]!);
      return true;
    }
    return false;
  }
}

interface Side {
  states: readonly ChartState[];
  leaving: ReadonlyMap<string, readonly ChartTransition[]>;
}

function sideOf(model: ChartModel): Side {
  const leaving = new Map<string, ChartTransition[]>();
  for (const transition of model.transitions)
    leaving.set(transition.from, [...(leaving.get(transition.from) ?? []), transition]);
  return { states: statesOf(model.root), leaving };
}

/** The states that have no partner yet and say anything at all, parents first, by what they hold. */
function bySignature(
  side: Side,
  paired: ReadonlyMap<string, string>,
  nameOf: (id: string) => string | undefined,
): Map<string, ChartState[]> {
  const found = new Map<string, ChartState[]>();
  for (const state of side.states) {
    if (paired.has(state.id) || isBlank(state, side)) continue;
    const signature = canonical(contentOf(state, state, side, nameOf));
    found.set(signature, [...(found.get(signature) ?? []), state]);
  }
  return found;
}

function isBlank(state: ChartState, { leaving }: Side): boolean {
  const says = Object.keys(state.own).some(key => key !== 'type' && key !== 'initial');
  return !says && !leaving.has(state.id) && state.children.length === 0;
}

/** A target inside the state is named from the state; one without a partner yet may be anywhere. */
function contentOf(
  state: ChartState,
  top: ChartState,
  side: Side,
  nameOf: (id: string) => string | undefined,
): unknown {
  const target = (id: string) =>
    id === top.id || isInside(id, top.id) ? `.${id.slice(top.id.length)}` : (nameOf(id) ?? '?');
  return {
    own: state.own,
    leads: (side.leaving.get(state.id) ?? []).map(transition => [
      eventOf(transition),
      transition.own,
      transition.to.map(target),
    ]),
    holds: state.children.map(child => [child.name, contentOf(child, top, side, nameOf)]),
  };
}

/** The event without the source's own path, which XState puts into the names of its own events. */
export function eventOf({ id, from }: ChartTransition): string {
  return id.slice(from.length + 1, id.lastIndexOf('|')).replaceAll(from, '~');
}
