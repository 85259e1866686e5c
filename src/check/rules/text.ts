import type { Found, Rule } from '../finding.ts';
import type { TextFault } from '../flow-text.ts';
import type { Subject } from '../subject.ts';

/** Files that hold no chart that could be looked at. */
export const textRules: readonly Rule[] = [
  {
    name: 'syntax',
    severity: 'error',
    why: 'The flow cannot be loaded: calls go on with the version before, or are not answered.',
    find: subject => faults(subject, 'syntax', () => 'Correct the text at this line, or just before it.'),
  },
  {
    name: 'foreign-import',
    severity: 'error',
    why: 'A flow is edited while calls run and must not bring code of its own into the server.',
    find: subject =>
      faults(subject, 'foreign-import', () => 'Import from flow.ts and xstate only; put code into a tool.'),
  },
  {
    name: 'not-loaded',
    severity: 'error',
    why: 'The flow cannot be loaded: calls go on with the version before, or are not answered.',
    find: subject =>
      faults(
        subject,
        'not-loaded',
        () => 'Use names of flow.ts, in quotes where they name an action or a guard.',
      ),
  },
  {
    name: 'no-chart',
    severity: 'error',
    why: 'Without a chart there is nothing to say to a caller.',
    find: subject =>
      faults(subject, 'no-chart', ({ file }) =>
        file.file.endsWith('.json')
          ? 'Write one object with `states`.'
          : 'Write `export const name = flow.createMachine({ … })`.',
      ),
  },
];

function faults(subject: Subject, rule: TextFault['rule'], mend: (subject: Subject) => string): Found[] {
  const { file } = subject;
  return file.textFaults
    .filter(fault => fault.rule === rule)
    .map(({ line, problem }) => ({
      at: { home: { file: file.file, outline: { repeated: [], lineOf: () => line } }, path: [], state: '' },
      problem,
      mend: mend(subject),
    }));
}
