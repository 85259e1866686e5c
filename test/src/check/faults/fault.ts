// biome-ignore lint/suspicious/noExplicitAny: a config is spoilt in ways that no type allows.
export type Spoilt = any;

export interface Fault {
  rule: string;
  /** Where it must be found: the state, and the event of the transition. */
  at: string;
  transition?: string;
  /** What follows from the fault as well. */
  also?: readonly string[];
  /** Spoils the flow, and the part it holds. */
  edit(flow: Spoilt, part: Spoilt): void;
}

export const states = (flow: Spoilt) => flow.states;

export function agrees(flow: Spoilt): Spoilt {
  return flow.states.choosing.states.confirming.on['caller.agrees'];
}

export function disagrees(flow: Spoilt): Spoilt {
  return flow.states.choosing.states.confirming.on['caller.disagrees'];
}

export function saysDay(flow: Spoilt): Spoilt {
  return flow.states.choosing.on['caller.saysDay'];
}

export function knows(fact: string): object {
  return { type: 'knowsFacts', params: { facts: [fact] } };
}

export function redirect(state: Spoilt): void {
  for (const transition of Object.values<Spoilt>(state.on))
    if (transition.target === 'goodbye') transition.target = 'greeting';
}

export function set(object: Spoilt, key: string | number, value: unknown): void {
  object[key] = value;
}

export function remove(object: Spoilt, key: string): void {
  delete object[key];
}

export function rename(object: Spoilt, from: string, to: string): void {
  object[to] = object[from];
  delete object[from];
}
