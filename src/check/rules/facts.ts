import type { State } from '../chart.ts';
import type { Rule } from '../finding.ts';
import { linesOf, slotsOf } from '../lines.ts';
import { suggest } from '../nearest.ts';
import { within } from '../place.ts';
import { factsFoundIn, type Subject } from '../subject.ts';

/** Personal digits up to so many are a code or a year, not a number that anybody could use. */
const HARMLESS_DIGITS = 4;

/** Facts: declared, found out, kept, and known when they are said. */
export const factRules: readonly Rule[] = [
  {
    name: 'undeclared-fact',
    severity: 'error',
    why: 'Where the fact should be said there is a gap, and a slot without a type catches whatever it is given.',
    *find(subject) {
      const mendFor = (name: string) =>
        `${Object.keys(subject.info.facts).length > 0 ? suggest(name, Object.keys(subject.info.facts)) : ''} Declare it in the chart's \`meta.facts\`.`.trim();
      for (const state of subject.ownStates) {
        for (const { text, place } of linesOf(state, subject.info.languages[0]!))
          for (const { fact } of slotsOf(text))
            if (fact !== null && !subject.fact(fact))
              yield { at: place, problem: `'{${fact}}' is no declared fact.`, mend: mendFor(fact) };
        for (const [index, name] of (state.meta.collects ?? []).entries())
          if (!subject.fact(name))
            yield {
              at: within(state.place, 'meta', 'collects', index),
              problem: `'${name}' is no declared fact.`,
              mend: mendFor(name),
            };
      }
      for (const { meta, place } of subject.chart.transitions) {
        if (place.home.file !== subject.file.file) continue;
        const slots = new Set(
          [...JSON.stringify(meta?.phrases ?? []).matchAll(/\{(\w+)\}/g)].map(([, name]) => name!),
        );
        for (const name of slots)
          if (!subject.fact(name))
            yield {
              at: within(place, 'meta', 'phrases'),
              problem: `The slot '{${name}}' is no declared fact.`,
              mend: mendFor(name),
            };
      }
    },
  },
  {
    name: 'malformed-slot',
    severity: 'error',
    why: 'The braces and what is in them are read out to the caller, or never match what the caller says.',
    *find(subject) {
      const mend = 'Write {fact}, or {fact:digits} to have it read out digit by digit.';
      for (const state of subject.ownStates)
        for (const { text, place } of linesOf(state, subject.info.languages[0]!))
          for (const { written, fact } of slotsOf(text))
            if (fact === null) yield { at: place, problem: `“${written}” is not a slot.`, mend };
      for (const { meta, place } of subject.chart.transitions) {
        if (place.home.file !== subject.file.file) continue;
        for (const phrase of [Object.values(meta?.phrases ?? {})].flat(2) as string[])
          for (const { written, fact, asDigits } of slotsOf(phrase))
            if (fact === null || asDigits)
              yield {
                at: within(place, 'meta', 'phrases'),
                problem: `“${written}” is not a slot of a phrase.`,
                mend: 'Write {fact}.',
              };
      }
    },
  },
  {
    name: 'said-before-known',
    severity: 'warning',
    why: 'Callers who come by that way hear a sentence with a hole in it.',
    *find(subject) {
      for (const leaf of subject.reached) {
        const { sure } = subject.knowledge(leaf);
        const missing = new Set<string>();
        for (const { text, place } of linesOf(leaf, subject.info.languages[0]!))
          for (const { fact } of slotsOf(text)) {
            if (fact === null || !subject.fact(fact) || sure.has(fact) || missing.has(fact)) continue;
            missing.add(fact);
            yield {
              at: place,
              problem: subject.knowledge(leaf).possible.has(fact)
                ? `'{${fact}}' is said, and not known on every way to here.`
                : `'{${fact}}' is said, and not known on any way to here.`,
              mend: "Ask for it first, keep it with 'noteFacts', or let a guard 'knowsFacts' choose the way.",
            };
          }
      }
    },
  },
  {
    name: 'fact-never-found',
    severity: 'warning',
    why: 'Whoever waits for the fact, a line, a tool or the record of the call, never gets it.',
    *find(subject) {
      const found = factsFoundIn(subject);
      const given = subject.givenFacts();
      for (const [name, { from }] of ownFacts(subject)) {
        if (found.has(name) || given.has(name)) continue;
        yield {
          at: subject.place('meta', 'facts', name),
          problem:
            from === undefined
              ? `No phrase has a slot for '${name}'.`
              : `'${name}' comes from '${from}', which the flow does not call.`,
          mend:
            from === undefined
              ? `Add a choice with '{${name}}', say which tool brings it with \`from\`, or take it out.`
              : 'Call the tool in a state, or take the fact out.',
        };
      }
    },
  },
  {
    name: 'fact-not-kept',
    severity: 'warning',
    why: 'The caller has said it, and it is forgotten at once: they are asked again or the next line has a hole.',
    *find({ chart, info, file }) {
      for (const { targets, actions, meta, place } of chart.transitions) {
        if (
          place.home.file !== file.file ||
          actions.some(({ name }) => name === 'noteFacts' || name === null)
        )
          continue;
        const caught = [...JSON.stringify(meta?.phrases ?? []).matchAll(/\{(\w+)\}/g)].map(
          ([, name]) => name!,
        );
        const [first] = caught.filter(name => Object.hasOwn(info.facts, name));
        if (first !== undefined && !targets.some(isKeptOnArrival))
          yield {
            at: place,
            problem: `The choice catches '${first}' and does not keep it.`,
            mend: "Add actions: 'noteFacts'.",
          };
      }
    },
  },
  {
    name: 'nothing-collected',
    severity: 'warning',
    why: 'The language model is told to find something out here that no choice can take in.',
    *find(subject) {
      if (subject.isPart) return;
      for (const leaf of subject.reached)
        for (const [index, name] of (leaf.meta.collects ?? []).entries())
          if (subject.fact(name) && !isCaughtIn(leaf, name, subject))
            yield {
              at: within(leaf.place, 'meta', 'collects', index),
              problem: `'${name}' is to be found out here, and no open choice has a slot for it.`,
              mend: `Add a choice with '{${name}}'.`,
            };
    },
  },
  {
    name: 'personal-fact-said',
    severity: 'warning',
    why: 'Somebody beside the caller hears it, and so does every recording of the call.',
    *find(subject) {
      for (const leaf of subject.reached) {
        if (leaf.place.home.file !== subject.file.file || isReadBack(leaf, subject)) continue;
        for (const { text, place } of linesOf(leaf, subject.info.languages[0]!))
          for (const { fact: name } of slotsOf(text)) {
            const fact = name === null ? undefined : subject.fact(name);
            if (
              !fact?.personal ||
              fact.type !== 'digits' ||
              (fact.length ?? Number.POSITIVE_INFINITY) <= HARMLESS_DIGITS
            )
              continue;
            yield {
              at: place,
              problem: `'{${name}}' is personal, and is said in full.`,
              mend: 'Say it only where the caller confirms it; elsewhere call it “your number”.',
            };
          }
      }
    },
  },
];

function ownFacts({ file, info }: Subject) {
  const declared = (file.config.meta as { facts?: object } | undefined)?.facts ?? {};
  return Object.entries(info.facts).filter(([name]) => Object.hasOwn(declared, name));
}

function isCaughtIn(leaf: State, fact: string, subject: Subject): boolean {
  return subject.info.languages.some(language =>
    subject.openChoices(leaf, language).some(({ choice }) => Object.hasOwn(choice.slots, fact)),
  );
}

function isKeptOnArrival({ entry }: State): boolean {
  return entry.some(({ name }) => name === 'noteFacts');
}

/** The caller is asked whether it is right. */
function isReadBack(leaf: State, { info, openChoices }: Subject): boolean {
  return openChoices(leaf, info.languages[0]!).some(
    ({ choice, owner }) => choice.confirms || (owner.parent !== null && saysYes(choice.phrases)),
  );
}

function saysYes(phrases: readonly string[]): boolean {
  return ['yes', "that's right", 'sí', 'ja', 'oui', 'sì', 'sim'].some(word => phrases.includes(word));
}
