import type { State, Transition } from '../chart.ts';
import { withAncestors } from '../chart.ts';
import type { Found, Rule } from '../finding.ts';
import { within } from '../place.ts';
import type { Subject } from '../subject.ts';

/** Waits that must come to an end: for a tool, or for a person who takes the call. */
export const deadlineRules: readonly Rule[] = [
  {
    name: 'tool-without-outcome',
    severity: 'error',
    why: 'When the tool has answered, or failed, or taken too long, the conversation stands still and the caller waits in silence.',
    *find(subject) {
      if (subject.isPart) return;
      for (const leaf of subject.reached) {
        if (leaf.meta.tool === undefined) continue;
        for (const event of ['tool.succeeded', 'tool.failed']) yield* missing(leaf, event, 'meta');
      }
    },
  },
  {
    name: 'transfer-without-failure',
    severity: 'error',
    why: 'When nobody takes the call, the caller is left in silence.',
    *find(subject) {
      if (subject.isPart) return;
      for (const leaf of subject.reached)
        if (leaf.meta.afterwards === 'transfer') yield* missing(leaf, 'transfer.failed', 'meta');
    },
  },
  {
    name: 'silent-wait',
    severity: 'warning',
    why: 'A tool takes seconds, and silence on a phone sounds like a lost line.',
    *find(subject: Subject) {
      for (const { meta, place, kind } of subject.ownStates)
        if (meta.tool !== undefined && meta.say === undefined && kind === 'atomic')
          yield {
            at: within(place, 'meta', 'tool'),
            problem: 'Nothing is said while the tool runs.',
            mend: "Add a line, as say: 'Let me look that up.'",
          };
    },
  },
  {
    name: 'silent-end',
    severity: 'warning',
    why: 'The line goes dead, or rings elsewhere, without a word: the caller takes it for a fault and calls again.',
    *find(subject: Subject) {
      for (const { meta, place, kind } of subject.ownStates)
        if (meta.afterwards !== undefined && meta.say === undefined && kind === 'atomic')
          yield {
            at: within(place, 'meta', 'afterwards'),
            problem: `Nothing is said before the call ${meta.afterwards === 'hangUp' ? 'is hung up' : 'is passed on'}.`,
            mend:
              meta.afterwards === 'hangUp'
                ? "Add a line, as say: 'Goodbye!'"
                : "Add a line, as say: 'I'll put you through.'",
          };
    },
  },
];

function* missing(leaf: State, event: string, key: string): Iterable<Found> {
  const ways = withAncestors(leaf).flatMap(state => state.transitions.get(event) ?? []);
  const leadsOn = ({ targets, badTargets }: Transition) => targets.length + badTargets.length > 0;
  if (!ways.some(leadsOn))
    yield {
      at: within(leaf.place, key),
      problem: `Nothing says what follows '${event}'.`,
      mend: `Add '${event}' with a target${event === 'tool.succeeded' ? '' : ', as a state that says so and asks how to go on'}.`,
    };
  else if (ways.every(({ guard }) => guard))
    yield {
      at: ways[0]!.place,
      problem: `Every transition for '${event}' has a guard: when none holds, nothing follows.`,
      mend: 'Add a last one without a guard.',
    };
}
