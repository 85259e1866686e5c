import type { FlowInfo, Language } from '../../machines/flow.ts';
import { choiceOf, type FlowChoice } from '../../machines/flow-view.ts';
import { type State, type Transition, withAncestors } from './chart.ts';

/** A choice of a state or of one around it, with the transitions that it may take. */
export interface OpenChoice {
  choice: FlowChoice;
  transitions: readonly Transition[];
  /** The state that it is written in. */
  owner: State;
}

/** The choices that are open in a leaf, as the product finds them, if guards let them. */
export function openChoices(leaf: State, info: Required<FlowInfo>, language: Language): OpenChoice[] {
  const open = new Map<string, OpenChoice>();
  const forbidden = new Set<string>();
  for (const owner of withAncestors(leaf)) {
    for (const [event, transitions] of owner.transitions) {
      if (!event.startsWith('caller.') || open.has(event) || forbidden.has(event)) continue;
      const choice = choiceOf(event, transitions, info, language);
      if (choice && transitions.some(leadsSomewhere)) open.set(event, { choice, transitions, owner });
      else if (transitions.some(isForbidding)) forbidden.add(event);
    }
  }
  return [...open.values()];
}

/** Has a target or an action. The product offers no choice that has neither. */
export function leadsSomewhere({ targets, badTargets, actions }: Transition): boolean {
  return targets.length + badTargets.length + actions.length > 0;
}

/** As `{}`: takes the event from the states around, and does nothing. */
export function isForbidding(transition: Transition): boolean {
  return !transition.guard && !leadsSomewhere(transition);
}
