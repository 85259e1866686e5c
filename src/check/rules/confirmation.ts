import type { State } from '../chart.ts';
import type { Rule } from '../finding.ts';
import type { Step } from '../graph.ts';
import { confirms } from '../knowledge.ts';
import { within } from '../place.ts';
import type { Subject } from '../subject.ts';

/** Tools that change something in the world: they run only when the caller has agreed. */
export const confirmationRules: readonly Rule[] = [
  {
    name: 'unconfirmed-change',
    severity: 'error',
    why: 'Words are misheard: without a “yes” to what was read back, the wrong thing is booked, cancelled or paid.',
    *find(subject) {
      for (const leaf of subject.reached) {
        const tool = leaf.meta.tool && subject.world.tools.get(leaf.meta.tool.name);
        if (!tool?.changes) continue;
        for (const { transition } of unconfirmedWaysTo(leaf, subject))
          yield {
            at: transition.place,
            problem: `This leads to '${leaf.name}', where '${tool.name}' changes something, and the caller has not agreed.`,
            mend: 'Read back what will be done in a state before, and give its choice `confirms: true`.',
          };
        if (subject.graph.first.includes(leaf) && !subject.isPart)
          yield {
            at: within(leaf.place, 'meta', 'tool'),
            problem: `The call begins with '${tool.name}', which changes something.`,
            mend: 'Begin with a state that asks, and give its choice `confirms: true`.',
          };
      }
    },
  },
  {
    name: 'change-by-model',
    severity: 'error',
    why: 'A language model may call it by mistake, or be talked into it, and nobody has agreed.',
    *find({ ownStates, world: { tools } }) {
      for (const { meta, place } of ownStates)
        for (const [index, name] of (meta.tools ?? []).entries())
          if (tools.get(name)?.changes)
            yield {
              at: within(place, 'meta', 'tools', index),
              problem: `The language model may call '${name}' here, which changes something.`,
              mend: 'Give it a state of its own with `meta.tool`, behind a choice with `confirms: true`.',
            };
    },
  },
];

function unconfirmedWaysTo(leaf: State, subject: Subject): Step[] {
  const told = new Set<unknown>();
  return subject.reached
    .flatMap(from => subject.graph.stepsFrom(from))
    .filter(({ from, to, transition }) => {
      if (to !== leaf || from === leaf) return false;
      const isCallers = transition.event.startsWith('caller.');
      // Whether the caller had agreed before the part began is for the flow that holds it.
      const agreed = isCallers ? confirms(transition) : subject.isPart || subject.knowledge(from).agreed;
      if (agreed || told.has(transition)) return false;
      told.add(transition);
      return true;
    });
}
