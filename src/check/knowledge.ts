import type { FlowInfo } from '../../machines/flow.ts';
import { choiceOf, requiredSlots } from '../../machines/flow-view.ts';
import { type Named, type State, type Transition, withAncestors } from './chart.ts';
import type { Graph, Step } from './graph.ts';

/** What holds on arrival in a state, whichever way led there. */
export interface Knowledge {
  /** Facts that are known on every way. */
  sure: ReadonlySet<string>;
  /** Facts that are known on some way. */
  possible: ReadonlySet<string>;
  /** On every way the caller's last choice was to agree to what was read back. */
  agreed: boolean;
}

/** Follows the facts along every way through the flow, until nothing new is learnt. */
export function knowledgeOf(
  graph: Graph,
  info: Required<FlowInfo>,
  given: ReadonlySet<string>,
): ReadonlyMap<State, Knowledge> {
  const known = new Map<State, Knowledge>();
  const waiting = new Set(graph.first);
  for (const leaf of graph.first) known.set(leaf, { sure: given, possible: given, agreed: false });

  for (const leaf of waiting) {
    waiting.delete(leaf);
    for (const step of graph.stepsFrom(leaf)) {
      const before = known.get(step.to);
      const after = merge(before, follow(step, known.get(leaf)!, info));
      if (before && isSame(before, after)) continue;
      known.set(step.to, after);
      waiting.add(step.to);
    }
  }
  return known;
}

/** What a transition catches when `noteFacts` is among its actions. */
export interface Caught {
  sure: readonly string[];
  possible: readonly string[];
}

/** The facts that the event of `transition` brings when it is taken in `leaf`. */
export function caughtBy(transition: Transition, leaf: State, info: Required<FlowInfo>): Caught {
  if (transition.event.startsWith('caller.')) return caughtByChoice(transition, info);
  if (transition.event !== 'tool.succeeded') return { sure: [], possible: [] };

  const tools = [leaf.meta.tool?.name, ...(leaf.meta.tools ?? [])];
  const brought = Object.entries(info.facts)
    .filter(([, { from }]) => from !== undefined && tools.includes(from))
    .map(([name]) => name);
  // What is left when the results that were asked for did not come need not bring anything.
  const isRest = !transition.guard && transition.at > 0;
  return { sure: isRest ? [] : brought, possible: brought };
}

function caughtByChoice({ event, from }: Transition, info: Required<FlowInfo>): Caught {
  const choices = info.languages
    .map(language => choiceOf(event, from.transitions.get(event) ?? [], info, language))
    .filter(choice => choice !== null);
  const possible = new Set(choices.flatMap(({ slots }) => Object.keys(slots)));
  const required = choices.map(choice => new Set(requiredSlots(choice)));
  return {
    sure: [...possible].filter(name => required.every(slots => slots.has(name))),
    possible: [...possible],
  };
}

function follow(
  { from, to, transition }: Step,
  { sure, possible, agreed }: Knowledge,
  info: Required<FlowInfo>,
): Knowledge {
  const facts = { sure: new Set(sure), possible: new Set(possible) };
  const event = caughtBy(transition, from, info);
  const held = heldBy(transition.guard).flatMap(factsNamedBy);
  // What the event itself brings is kept by `noteFacts` alone.
  const caught = { ...event, sure: [...event.sure, ...held.filter(fact => event.possible.includes(fact))] };
  for (const fact of held.filter(fact => !event.possible.includes(fact))) {
    facts.sure.add(fact);
    facts.possible.add(fact);
  }

  const { left, arrived } = passed(from, to, transition);
  const actions = [
    ...left.flatMap(({ exit }) => exit),
    ...transition.actions,
    ...arrived.flatMap(({ entry }) => entry),
  ];
  for (const action of actions) apply(action, facts, caught);

  return { ...facts, agreed: transition.event.startsWith('caller.') ? confirms(transition) : agreed };
}

/** Whether the choice that the transition is part of agrees to what was read back: one of its transitions speaks for all. */
export function confirms({ from, event }: Transition): boolean {
  return from.transitions.get(event)?.some(({ meta }) => meta?.confirms) ?? false;
}

interface Facts {
  sure: Set<string>;
  possible: Set<string>;
}

/** The facts that are known when the guard holds. */
function factsNamedBy({ name, params }: Named): string[] {
  if (name === 'knowsFacts') return listOf(paramsOf(params).facts);
  return name === 'factIs' ? listOf(paramsOf(params).fact) : [];
}

function apply({ name, params }: Named, { sure, possible }: Facts, caught: Caught): void {
  if (name === 'noteFacts') {
    for (const fact of caught.sure) sure.add(fact);
    for (const fact of caught.possible) possible.add(fact);
  } else if (name === 'forgetFacts') {
    for (const fact of listOf(paramsOf(params).facts)) {
      sure.delete(fact);
      possible.delete(fact);
    }
  }
}

/** The guards that surely hold when `guard` does. */
function heldBy(guard: Named | null): Named[] {
  if (!guard) return [];
  return guard.isAnd ? guard.inner.flatMap(heldBy) : [guard];
}

/** The states that a step leaves, the innermost first, and those that it enters, the outermost first. */
function passed(
  leaf: State,
  to: State,
  { from, targets, reenters }: Transition,
): { left: State[]; arrived: State[] } {
  const [target] = targets;
  if (!target) return { left: [], arrived: [] };
  const around = new Set(withAncestors(target));
  const isInner = !reenters && around.has(from) && from !== target && from.kind === 'compound';
  const shared = isInner
    ? from
    : withAncestors(from).find(state => state !== from && state !== target && around.has(state));
  const outside = new Set(shared ? withAncestors(shared) : []);
  return {
    left: withAncestors(leaf).filter(state => !outside.has(state)),
    arrived: withAncestors(to)
      .filter(state => !outside.has(state))
      .reverse(),
  };
}

function merge(before: Knowledge | undefined, news: Knowledge): Knowledge {
  if (!before) return news;
  return {
    sure: new Set([...before.sure].filter(fact => news.sure.has(fact))),
    possible: new Set([...before.possible, ...news.possible]),
    agreed: before.agreed && news.agreed,
  };
}

function isSame(one: Knowledge, other: Knowledge): boolean {
  return (
    one.sure.size === other.sure.size &&
    one.possible.size === other.possible.size &&
    one.agreed === other.agreed
  );
}

function paramsOf(params: unknown): Record<string, unknown> {
  return typeof params === 'object' && params !== null ? (params as Record<string, unknown>) : {};
}

function listOf(value: unknown): string[] {
  return [value].flat().filter(each => typeof each === 'string');
}
