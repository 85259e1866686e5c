import type { ConfigPath } from '../config-path.ts';
import type { Rule } from '../finding.ts';
import { isConfig } from '../form.ts';
import { suggest } from '../nearest.ts';

/** Keys of other versions of XState, and slips that no dictionary of likenesses would find. */
const meant: Readonly<Record<string, string>> = {
  cond: 'guard',
  action: 'actions',
  internal: 'reenter',
  in: 'guard',
  events: 'on',
  onEntry: 'entry',
  onExit: 'exit',
  data: 'output',
  delay: 'after',
  text: 'say',
  prompt: 'say',
  reprompt: 'ask',
  slots: 'phrases',
};

/** Keys and values that XState takes without a word and that then do nothing. */
export const formRules: readonly Rule[] = [
  {
    name: 'unknown-key',
    severity: 'error',
    why: 'XState ignores what it does not know: what was meant does not happen, and nothing says so.',
    *find({ file, place }) {
      for (const { kind, path, problem, known } of file.formFaults) {
        if (kind !== 'key') continue;
        const key = String(path.at(-1));
        const other = meant[key];
        const mend =
          other !== undefined && known.includes(other) ? `Did you mean '${other}'?` : suggest(key, known);
        yield { at: place(...path), problem: `${problem}${inside(path)}.`, mend };
      }
    },
  },
  {
    name: 'wrong-value',
    severity: 'error',
    why: 'What is of the wrong kind is passed over, or fails in the middle of a call.',
    *find({ file, place }) {
      for (const { kind, path, problem, known } of file.formFaults) {
        if (kind !== 'value') continue;
        const mend =
          known.length > 0
            ? `Write one of ${known.join(', ')}.`
            : 'Write it as machines/flow.ts describes it.';
        yield { at: place(...path), problem: `${capital(`${problem}${inside(path)}`)}.`, mend };
      }
    },
  },
  {
    name: 'no-room-for-facts',
    severity: 'error',
    why: 'Nothing that the caller says can be kept: the first line with a fact in it ends the call.',
    *find({ file, place, isPart }) {
      const { context } = file.config;
      if (isPart || typeof context === 'function' || (isConfig(context) && isConfig(context.facts))) return;
      yield {
        at: place('context'),
        problem: 'The context has no facts.',
        mend: 'Write context: { facts: {} }.',
      };
    },
  },
  {
    name: 'repeated-key',
    severity: 'error',
    why: 'The last of them replaces the others, states and choices included, and nothing says so.',
    *find({ file, place }) {
      for (const path of file.outline.repeated)
        yield {
          at: place(...path),
          problem: `'${path.at(-1)}' is written twice${inside(path)}.`,
          mend: 'Merge the two, or give one of them another name.',
        };
    },
  },
];

function inside(path: ConfigPath): string {
  const around = path.slice(0, -1).filter(key => key !== 'states');
  const last = around.findLast(key => typeof key === 'string');
  return last === undefined ? '' : ` (in '${last}')`;
}

function capital(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}
