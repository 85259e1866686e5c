import type { Named } from '../chart.ts';
import type { Found, Rule } from '../finding.ts';
import { isConfig } from '../form.ts';
import { suggest } from '../nearest.ts';
import type { Subject } from '../subject.ts';

/** What the named actions and guards of machines/flow.ts are given. */
export const paramRules: readonly Rule[] = [
  {
    name: 'wrong-params',
    severity: 'error',
    why: 'A guard without what it asks for fails the call, and an action without it forgets nothing.',
    *find(subject) {
      for (const named of namedIn(subject)) {
        const problem = missingParams(named);
        if (problem) yield { at: named.place, problem, mend: EXAMPLES[named.name ?? ''] ?? '' };
      }
    },
  },
  {
    name: 'unknown-fact-in-params',
    severity: 'error',
    why: 'A guard that asks for a fact that never comes is never true: the way behind it stays closed to every caller.',
    *find(subject) {
      for (const named of namedIn(subject)) yield* unknownFacts(subject, named);
    },
  },
];

const EXAMPLES: Readonly<Record<string, string>> = {
  factIs: "Write { type: 'factIs', params: { fact: 'size', value: 'large' } }.",
  knowsFacts: "Write { type: 'knowsFacts', params: { facts: ['size'] } }.",
  resultIs: "Write { type: 'resultIs', params: { found: true } }.",
  forgetFacts: "Write { type: 'forgetFacts', params: { facts: ['size'] } }.",
};

function missingParams({ name, params }: Named): string | null {
  const given = isConfig(params) ? params : {};
  if ((name === 'knowsFacts' || name === 'forgetFacts') && !isNames(given.facts))
    return `'${name}' is not told which facts.`;
  if (name === 'factIs' && typeof given.fact !== 'string') return "'factIs' is not told which fact.";
  if (name === 'factIs' && typeof given.value !== 'string' && !isNames(given.value))
    return "'factIs' is not told which value.";
  if (name === 'resultIs' && Object.keys(given).length === 0)
    return "'resultIs' is not told what the result must be: it is always true.";
  return null;
}

function* unknownFacts(subject: Subject, { name, params, place }: Named): Iterable<Found> {
  const given = isConfig(params) ? params : {};
  const asked =
    name === 'factIs' ? given.fact : name === 'knowsFacts' || name === 'forgetFacts' ? given.facts : [];
  for (const fact of [asked].flat()) {
    if (typeof fact !== 'string' || subject.fact(fact)) continue;
    yield {
      at: place,
      problem: `'${name}' names the fact '${fact}', which is not declared.`,
      mend: suggest(fact, Object.keys(subject.info.facts)),
    };
  }
  const fact = name === 'factIs' && typeof given.fact === 'string' ? subject.fact(given.fact) : undefined;
  if (fact?.type !== 'oneOf') return;
  for (const value of [given.value].flat()) {
    if (typeof value !== 'string' || Object.hasOwn(fact.values, value)) continue;
    yield {
      at: place,
      problem: `'${String(given.fact)}' is never '${value}'.`,
      mend: suggest(value, Object.keys(fact.values)),
    };
  }
}

function namedIn({ ownStates, chart, file }: Subject): Named[] {
  const own = chart.transitions.filter(({ place }) => place.home.file === file.file);
  const all = [
    ...ownStates.flatMap(({ entry, exit }) => [...entry, ...exit]),
    ...own.flatMap(({ actions, guard }) => (guard ? [...actions, guard] : actions)),
  ];
  return all.flatMap(named => [named, ...named.inner]);
}

function isNames(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0 && value.every(name => typeof name === 'string');
}
