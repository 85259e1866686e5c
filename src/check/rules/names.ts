import type { Named } from '../chart.ts';
import type { Found, Rule } from '../finding.ts';
import type { KnownNames } from '../flow-text.ts';
import { type Config, isConfig } from '../form.ts';
import { suggest } from '../nearest.ts';
import { within } from '../place.ts';
import type { Subject } from '../subject.ts';

/** Names that `setup` does not know. XState finds out during the call, if at all. */
export const nameRules: readonly Rule[] = [
  {
    name: 'unknown-action',
    severity: 'error',
    why: 'XState skips it in silence: facts that should be kept are lost, and the caller is asked again.',
    find: subject => unknown(subject, 'actions', 'action', actionsOf(subject)),
  },
  {
    name: 'unknown-guard',
    severity: 'error',
    why: 'The call fails in the moment in which the choice is made.',
    find: subject => unknown(subject, 'guards', 'guard', guardsOf(subject)),
  },
  {
    name: 'unknown-actor',
    severity: 'error',
    why: 'The call fails in the moment in which the state is entered.',
    *find({ ownStates, file }) {
      for (const { config, place } of ownStates) {
        for (const [index, invoked] of [config.invoke ?? []].flat().entries()) {
          const { src } = (isConfig(invoked) ? invoked : {}) as Config;
          if (typeof src !== 'string' || file.known.actors.has(src)) continue;
          yield {
            at: within(place, 'invoke', ...(Array.isArray(config.invoke) ? [index] : [])),
            problem: `There is no actor '${src}'.`,
            mend: 'Name a tool in `meta.tool` instead: the call runs it and sends tool.succeeded or tool.failed.',
          };
        }
      }
    },
  },
  {
    name: 'unknown-delay',
    severity: 'error',
    why: 'XState takes an unknown delay for none at all and moves on at once, while the caller is still speaking.',
    *find({ ownStates, file }) {
      for (const { config, place } of ownStates) {
        for (const delay of Object.keys(isConfig(config.after) ? config.after : {})) {
          if (/^\d+$/.test(delay) || file.known.delays.has(delay)) continue;
          yield {
            at: within(place, 'after', delay),
            problem: `There is no delay '${delay}'.`,
            mend: 'Take it out: the call itself asks again when the caller is silent.',
          };
        }
      }
    },
  },
];

function actionsOf({ ownStates, chart, file }: Subject): Named[] {
  const own = chart.transitions.filter(({ place }) => place.home.file === file.file);
  return [
    ...ownStates.flatMap(({ entry, exit }) => [...entry, ...exit]),
    ...own.flatMap(({ actions }) => actions),
  ];
}

function guardsOf({ chart, file }: Subject): Named[] {
  const own = chart.transitions.filter(({ place }) => place.home.file === file.file);
  return own.flatMap(({ guard }) => (guard ? withInner(guard) : []));
}

function withInner(guard: Named): Named[] {
  return [guard, ...guard.inner.flatMap(withInner)];
}

function unknown({ file }: Subject, kind: keyof KnownNames, word: string, used: readonly Named[]): Found[] {
  const known = file.known[kind];
  return used
    .filter(({ name }) => name !== null && !known.has(name))
    .map(({ name, place }) => ({
      at: place,
      problem: `There is no ${word} '${name}'.`,
      mend: suggest(name!, known),
    }));
}
