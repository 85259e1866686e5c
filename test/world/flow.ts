import { flow } from '../../machines/flow.ts';

/**
 * What the world's callers call about, in few words so that thousands of calls cost little: an order that is placed once
 * and never twice, one that is looked up, hours, something that must be heard, a person.
 */
export const worldFlow = flow.createMachine({
  id: 'worldDesk',
  description: 'Takes orders by their four-digit number, looks orders up, and passes callers on.',
  context: { facts: {} },
  meta: {
    facts: {
      item: { type: 'digits', length: 4, description: 'What is ordered, four digits.' },
      stock: { type: 'text', description: 'How many there are.', from: 'lookUp' },
    },
  },
  initial: 'greeting',
  on: {
    'caller.orders': {
      target: '.confirming',
      actions: 'noteFacts',
      description: 'The caller wants to order an item. item is its four digits.',
      meta: { phrases: ['order {item}', 'please order {item}', '{item}'] },
    },
    'caller.keysOrder': {
      target: '.confirming',
      actions: 'noteFacts',
      description: 'The caller keys the item.',
      meta: { phrases: ['{item}'], by: 'keypad' },
    },
    'caller.looksUp': {
      target: '.lookingUp',
      actions: 'noteFacts',
      description: 'The caller asks how many of an item there are.',
      meta: { phrases: ['check {item}', 'look up {item}'] },
    },
    'caller.asksHours': {
      target: '.hours',
      description: 'The caller asks when somebody is there.',
      meta: { phrases: ['hours', 'when are you open'] },
    },
    'caller.asksTerms': {
      target: '.terms',
      description: 'The caller asks for the terms.',
      meta: { phrases: ['terms', 'what are the terms'] },
    },
    'caller.wantsPerson': {
      target: '.transferring',
      description: 'The caller wants a person.',
      meta: { phrases: ['agent'] },
    },
    'caller.leaves': {
      target: '.goodbye',
      description: 'The caller takes leave.',
      meta: { phrases: ['goodbye', 'no thanks'] },
    },
  },
  states: {
    greeting: {
      description: 'The call begins.',
      meta: { say: 'Hello. What can I do?', ask: 'What can I do?' },
    },
    confirming: {
      description: 'The order is read back.',
      meta: { say: 'Order {item:digits}, right?', ask: 'Order {item:digits}, right?' },
      on: {
        'caller.confirms': {
          target: 'placing',
          description: 'It is right.',
          meta: { phrases: ['@yes'], confirms: true },
        },
        'caller.denies': { target: 'anythingElse', description: 'It is wrong.', meta: { phrases: ['@no'] } },
      },
    },
    placing: {
      description: 'The order is placed.',
      meta: { say: 'One second.', tool: { name: 'placeOrder', input: { item: 'item' } } },
      on: {
        'tool.succeeded': [
          {
            guard: { type: 'resultIs', params: { placed: true } },
            target: 'placed',
            description: 'It is placed.',
          },
          { target: 'notPlaced', description: 'It was refused.' },
        ],
        'tool.failed': [
          { guard: 'mayBeDone', target: 'notKnown', description: 'Nobody knows whether it is placed.' },
          { target: 'notPlaced', description: 'It was not begun.' },
        ],
      },
    },
    placed: {
      description: 'The order was placed.',
      meta: { say: 'It is ordered. Anything else?', ask: 'Anything else?' },
    },
    notPlaced: {
      description: 'The order was not placed.',
      meta: { say: 'That did not work. Try again?', ask: 'Try again?' },
      on: {
        'caller.triesAgain': {
          target: 'placing',
          description: 'Once more.',
          meta: { phrases: ['@yes'], confirms: true },
        },
        'caller.givesUp': { target: 'anythingElse', description: 'Not again.', meta: { phrases: ['@no'] } },
      },
    },
    notKnown: {
      description: 'Whether the order was placed is not known here: it is not offered again.',
      meta: {
        say: 'I cannot see whether that worked. A person will look. Anything else?',
        ask: 'Anything else?',
      },
    },
    lookingUp: {
      description: 'An item is looked up.',
      meta: { say: 'I look.', tool: { name: 'lookUp', input: { item: 'item' } } },
      on: {
        'tool.succeeded': { target: 'found', actions: 'noteFacts', description: 'It is known.' },
        'tool.failed': { target: 'notFound', description: 'Nobody knows.' },
      },
    },
    found: {
      description: 'How many there are.',
      meta: { say: 'There are {stock}. Anything else?', ask: 'Anything else?' },
    },
    notFound: {
      description: 'It could not be looked up.',
      meta: { say: 'I cannot look now. Anything else?', ask: 'Anything else?' },
    },
    hours: {
      description: 'When somebody is there.',
      meta: { say: 'We are open from nine to six, every day. Anything else?', ask: 'Anything else?' },
    },
    terms: {
      description: 'What must be heard to its end.',
      meta: {
        say: 'Orders are final. They come in a week. Anything else?',
        ask: 'Anything else?',
        uninterruptible: true,
      },
    },
    anythingElse: {
      description: 'Nothing is open.',
      meta: { say: 'All right. Anything else?', ask: 'Anything else?' },
    },
    transferring: {
      description: 'The caller is passed to a person.',
      meta: {
        say: 'I put you through.',
        ask: 'What can I do?',
        uninterruptible: true,
        afterwards: 'transfer',
      },
      on: { 'transfer.failed': { target: 'anythingElse', description: 'Nobody is there.' } },
    },
    goodbye: {
      description: 'Take leave.',
      meta: { say: 'Goodbye!', ask: 'Goodbye!', afterwards: 'hangUp' },
    },
  },
});
