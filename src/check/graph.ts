import { type Chart, type State, type Transition, withAncestors } from './chart.ts';

/** One step that the conversation may take. Guards may hold or not. */
export interface Step {
  from: State;
  /** The same as `from` when the conversation stays where it is. */
  to: State;
  transition: Transition;
}

/** Where the conversation can go: its leaves, the states in which it can be, and the steps between them. */
export interface Graph {
  /** The states that the call begins in: one, unless the chart is not in order. */
  first: readonly State[];
  leaves: readonly State[];
  stepsFrom(leaf: State): readonly Step[];
  reachable: ReadonlySet<State>;
  /** The leaves, of those that can be reached, from which a leaf of `goals` can be reached; the goals among them. */
  leadingTo(goals: (leaf: State) => boolean): ReadonlySet<State>;
}

export function graphOf({ root, states }: Chart): Graph {
  const leaves = states.filter(({ kind }) => kind === 'atomic' || kind === 'final');
  const first = entered(root);
  const steps = new Map(leaves.map(leaf => [leaf, stepsOf(leaf)]));
  const stepsFrom = (leaf: State) => steps.get(leaf) ?? [];

  const reachable = new Set(first);
  for (const leaf of reachable) for (const { to } of stepsFrom(leaf)) reachable.add(to);

  return {
    first,
    leaves,
    stepsFrom,
    reachable,
    leadingTo(goals) {
      const found = new Set([...reachable].filter(goals));
      for (let before = -1; before < found.size; ) {
        before = found.size;
        for (const leaf of reachable) if (stepsFrom(leaf).some(({ to }) => found.has(to))) found.add(leaf);
      }
      return found;
    },
  };
}

/** The leaves that entering `state` leads to. */
export function entered(state: State): State[] {
  if (state.kind === 'atomic' || state.kind === 'final') return [state];
  if (state.kind === 'parallel') return state.children.flatMap(entered);
  if (state.kind === 'history') return state.parent ? leavesIn(state.parent) : [];
  const initial = initialOf(state);
  return initial ? entered(initial) : [];
}

/** The state that a compound state begins in, if it names one that exists. */
export function initialOf(state: State): State | null {
  const written = initialName(state);
  const path = written?.split('.') ?? [];
  let found: State | undefined = path.length > 0 ? state : undefined;
  for (const key of path) found = found?.children.find(child => child.key === key);
  return found ?? null;
}

/** What is written as a compound state's initial state: its own, or that of the part it holds. */
export function initialName(state: State): string | undefined {
  const { initial } =
    state.children[0]?.scope.file !== state.scope.file && state.children[0]
      ? state.children[0].scope.file.config
      : state.config;
  const written =
    typeof initial === 'object' && initial !== null ? (initial as { target?: unknown }).target : initial;
  return typeof written === 'string' ? written.replace(/^\./, '') : undefined;
}

/** Whether the caller's next words are waited for here. */
export function waits(leaf: State): boolean {
  return (
    leaf.kind === 'atomic' &&
    leaf.meta.subflow === undefined &&
    leaf.meta.tool === undefined &&
    leaf.meta.afterwards === undefined &&
    !passesAtOnce(leaf)
  );
}

/** Whether the state is left as soon as it is entered, whatever happens. */
export function passesAtOnce(leaf: State): boolean {
  return withAncestors(leaf).some(state =>
    (state.transitions.get('always') ?? []).some(({ guard, targets }) => !guard && targets.length > 0),
  );
}

/** Where the call is over, or a part is: a final state, or one that hangs up. */
export function isEnd(leaf: State): boolean {
  return leaf.meta.afterwards === 'hangUp' || isExit(leaf);
}

/** A final state of the chart itself. */
export function isExit(leaf: State): boolean {
  return leaf.kind === 'final' && leaf.parent?.parent === null;
}

/** The transitions that may be taken in a leaf, by event: the inner go before the outer. */
export function openTransitions(leaf: State): Map<string, Transition[]> {
  const open = new Map<string, Transition[]>();
  const closed = new Set<string>();
  for (const state of withAncestors(leaf)) {
    for (const [event, transitions] of state.transitions) {
      if (event === 'onDone' || closed.has(event)) continue;
      const last = transitions.findIndex(({ guard }) => !guard);
      const tried = last < 0 ? transitions : transitions.slice(0, last + 1);
      open.set(event, [...(open.get(event) ?? []), ...tried]);
      if (last >= 0) closed.add(event);
    }
  }
  return open;
}

/** Whether the event can come while the conversation is in `leaf`. */
export function comes(event: string, { meta }: State): boolean {
  if (event.startsWith('tool.')) return meta.tool !== undefined || (meta.tools?.length ?? 0) > 0;
  if (event === 'transfer.failed') return meta.afterwards === 'transfer';
  return event === 'always' || event.startsWith('caller.');
}

function stepsOf(leaf: State): Step[] {
  if (leaf.kind === 'final') {
    const done = leaf.parent?.transitions.get('onDone') ?? [];
    return done.flatMap(transition => stepsBy(leaf, transition));
  }
  const open = openTransitions(leaf);
  const passing = passesAtOnce(leaf) ? [['always', open.get('always') ?? []] as const] : [...open];
  // Where a sub-flow is missing, what follows it is looked at all the same.
  const after = leaf.meta.subflow === undefined ? [] : (leaf.transitions.get('onDone') ?? []);
  const steps = passing
    .filter(([event]) => comes(event, leaf))
    .flatMap(([, transitions]) => transitions.flatMap(transition => stepsBy(leaf, transition)));
  return [...steps, ...after.flatMap(transition => stepsBy(leaf, transition))];
}

function stepsBy(leaf: State, transition: Transition): Step[] {
  if (transition.targets.length === 0)
    return transition.badTargets.length > 0 || transition.actions.length === 0
      ? []
      : [{ from: leaf, to: leaf, transition }];
  return transition.targets.flatMap(entered).map(to => ({ from: leaf, to, transition }));
}

function leavesIn(state: State): State[] {
  return state.children.flatMap(child => {
    if (child.kind === 'history') return [];
    return child.kind === 'atomic' || child.kind === 'final' ? [child] : leavesIn(child);
  });
}
