import {
  anything,
  digitCount,
  type Form,
  flag,
  isConfig,
  list,
  listOr,
  object,
  oneOfWords,
  oneOrMore,
  recordOf,
  text,
  textOr,
} from './form.ts';

/** What the config of a flow may hold: XState's keys, and in `meta` those of machines/flow.ts. */

const line = textOr(text, recordOf(text));
const phrases = listOr(list(text), recordOf(list(text)));

const aboutFact = {
  type: oneOfWords('digits', 'oneOf', 'text'),
  description: text,
  personal: flag,
  from: text,
};
const digitsFact = object({ ...aboutFact, length: digitCount }, ['type'], ['description']);
const valuesFact = object({ ...aboutFact, values: recordOf(phrases) }, ['type', 'values'], ['description']);
const textFact = object(aboutFact, ['type'], ['description']);

const fact: Form = (value, path, report) => {
  const type = isConfig(value) ? value.type : undefined;
  const form = type === 'digits' ? digitsFact : type === 'oneOf' ? valuesFact : textFact;
  form(value, path, report);
};

const flowMeta = object({ languages: list(text), facts: recordOf(fact) });

const stateMeta = object({
  say: line,
  ask: line,
  collects: list(text),
  tool: object({ name: text, input: recordOf(text) }, ['name', 'input']),
  listen: oneOfWords('normal', 'digits', 'patient'),
  uninterruptible: flag,
  afterwards: oneOfWords('hangUp', 'transfer'),
  improvise: flag,
  model: oneOfWords('fast', 'balanced', 'deep'),
  tools: list(text),
  subflow: text,
});

const choiceMeta = object({ phrases, by: oneOfWords('voice', 'keypad', 'text'), confirms: flag });

/** A name, a name with params, or code of a flow that is TypeScript. */
const named: Form = (value, path, report) => {
  if (typeof value === 'function') return;
  textOr(text, object({ type: text, params: anything }, ['type']))(value, path, report);
};

const transition: Form = textOr(
  text,
  object({
    target: oneOrMore(text),
    guard: named,
    actions: oneOrMore(named),
    reenter: flag,
    description: text,
    meta: choiceMeta,
  }),
);

const transitions = oneOrMore(transition);

const invoked = object(
  {
    src: anything,
    id: text,
    systemId: text,
    input: anything,
    onDone: transitions,
    onError: transitions,
    onSnapshot: transitions,
  },
  ['src'],
);

const stateKeys: Readonly<Record<string, Form>> = {
  id: text,
  type: oneOfWords('atomic', 'compound', 'parallel', 'final', 'history'),
  description: text,
  initial: textOr(text, object({ target: text, actions: oneOrMore(named) }, ['target'])),
  states: (value, path, report) => recordOf(state)(value, path, report),
  on: recordOf(transitions),
  always: transitions,
  after: recordOf(transitions),
  onDone: transitions,
  entry: oneOrMore(named),
  exit: oneOrMore(named),
  invoke: oneOrMore(invoked),
  history: oneOfWords('shallow', 'deep'),
  target: text,
  tags: oneOrMore(text),
  output: anything,
  order: anything,
};

const state: Form = object({ ...stateKeys, meta: stateMeta });

/** The form of a flow's whole config. */
export const flowForm: Form = object({
  ...stateKeys,
  meta: flowMeta,
  context: anything,
  version: text,
  types: anything,
});
