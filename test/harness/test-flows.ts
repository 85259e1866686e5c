import { flow } from '../../machines/flow.ts';

/** Opens with a disclosure that must be heard, then asks a question. */
export const disclosure = flow.createMachine({
  id: 'disclosure',
  context: { facts: {} },
  initial: 'disclosing',
  states: {
    disclosing: {
      meta: { say: 'This call is recorded. Do you agree?', ask: 'Do you agree?', uninterruptible: true },
      on: {
        'caller.agrees': { target: 'thanking', description: 'Yes.', meta: { phrases: ['yes'] } },
        'caller.declines': { target: 'leaving', description: 'No.', meta: { phrases: ['no'] } },
      },
    },
    thanking: {
      meta: { say: 'Thank you. What can I do for you?' },
      on: { 'caller.leaves': { target: 'leaving', description: 'Bye.', meta: { phrases: ['bye'] } } },
    },
    leaving: { meta: { say: 'Goodbye.', afterwards: 'hangUp' } },
  },
});

/** Opens with a tool, whose result must be heard without interruption. */
export const toolFirst = flow.createMachine({
  id: 'toolFirst',
  context: { facts: {} },
  initial: 'checking',
  states: {
    checking: {
      meta: { say: 'One second.', tool: { name: 'check', input: {} } },
      on: {
        'tool.succeeded': { target: 'warning', actions: 'noteFacts' },
        'tool.failed': { target: 'excusing', actions: 'noteFacts' },
      },
    },
    warning: { meta: { say: 'You must hear this warning to its very end.', uninterruptible: true } },
    excusing: { meta: { say: 'That did not work. What now?' } },
  },
});

/** Comes to a disclosure when the caller asks. */
export const disclosureLater = flow.createMachine({
  id: 'disclosureLater',
  context: { facts: {} },
  initial: 'greeting',
  states: {
    greeting: {
      meta: { say: 'Hello.' },
      on: { 'caller.asks': { target: 'disclosing', description: 'A question.', meta: { phrases: ['ask'] } } },
    },
    disclosing: { meta: { say: 'You must hear this warning to its very end.', uninterruptible: true } },
  },
});

/** The model may look things up by itself while it talks. */
export const openCounter = flow.createMachine({
  id: 'openCounter',
  context: { facts: {} },
  initial: 'helping',
  states: {
    helping: {
      meta: { say: 'How can I help?', tools: ['lookUpStock', 'lookUpPrice'] },
      on: { 'caller.leaves': { target: 'leaving', description: 'Bye.', meta: { phrases: ['bye'] } } },
    },
    leaving: { meta: { say: 'Goodbye.', afterwards: 'hangUp' } },
  },
});
