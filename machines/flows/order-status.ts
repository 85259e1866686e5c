import { assign, setup } from 'xstate';
import { type FlowContext, type FlowEvent, type FlowMeta, factsAfter } from '../flow.ts';

interface OrderStatusContext extends FlowContext {
  /** How often the caller asked to hear something again: a line that is repeated often is a bad line. */
  repeats: number;
}

/** A telephone line that tells callers where their order is. */
export const orderStatus = setup({
  types: {
    context: {} as OrderStatusContext,
    events: {} as FlowEvent,
    meta: {} as FlowMeta,
  },
  actions: {
    noteFacts: assign({ facts: ({ context, event }) => factsAfter(context.facts, event) }),
    countRepeat: assign({ repeats: ({ context }) => context.repeats + 1 }),
  },
  guards: {
    isOrderNumber: ({ event }) => 'facts' in event && /^\d{4}$/.test(event.facts.orderNumber ?? ''),
    orderWasFound: ({ event }) => event.type === 'tool.succeeded' && event.result.found === true,
  },
}).createMachine({
  id: 'orderStatus',
  description:
    'The automated order line of Acme, a shop for the home. It looks up orders by their four-digit number, knows the opening hours and delivery times, and passes callers to a person on request. It knows nothing else and changes nothing.',
  context: { facts: {}, repeats: 0 },
  initial: 'takingNumber',
  on: {
    'caller.saysNumber': [
      {
        guard: 'isOrderNumber',
        target: '.takingNumber.confirming',
        actions: 'noteFacts',
        description:
          'The caller gives an order number in words, for the first time, for another order, or to correct it. orderNumber is its four digits.',
        meta: {
          phrases: [
            '{orderNumber}',
            "it's {orderNumber}",
            'it is {orderNumber}',
            'my order number is {orderNumber}',
            'the order number is {orderNumber}',
            'the number is {orderNumber}',
            'order number {orderNumber}',
            'order {orderNumber}',
            'check order {orderNumber}',
            'where is order {orderNumber}',
            "i'm calling about order {orderNumber}",
            "no it's {orderNumber}",
          ],
          slots: { orderNumber: 'digits' },
          lengths: { orderNumber: 4 },
        },
      },
      { target: '.takingNumber.asking', description: 'That is not four digits.' },
    ],
    'caller.keysNumber': [
      {
        guard: 'isOrderNumber',
        target: '.lookingUp',
        actions: 'noteFacts',
        description:
          'The caller typed an order number on the keypad. Keys are not misheard, so nothing is read back. orderNumber is its four digits.',
        meta: {
          phrases: ['{orderNumber}'],
          slots: { orderNumber: 'digits' },
          lengths: { orderNumber: 4 },
          by: 'keypad',
        },
      },
      { target: '.takingNumber.asking', description: 'That is not four digits.' },
    ],
    'caller.asksAboutOrder': {
      target: '.takingNumber.asking',
      description: 'The caller asks about an order, the first or another one, without giving its number.',
      meta: {
        phrases: [
          'check my order',
          'i want to check my order',
          'check an order',
          'track my order',
          "i'm calling about my order",
          'where is my order',
          "where's my order",
          "where's my package",
          'what is the status of my order',
          'when will my order arrive',
          'another order',
          'check another order',
          'i have another order',
        ],
      },
    },
    'caller.asksOpeningHours': {
      target: '.answering.openingHours',
      description: 'The caller asks when Acme is open.',
      meta: {
        phrases: [
          'opening hours',
          'what are your opening hours',
          'what are your hours',
          'when are you open',
          'when do you open',
          'when do you close',
          'what time do you open',
          'what time do you close',
          'how late are you open',
          'are you open today',
          'are you open on saturday',
        ],
      },
    },
    'caller.asksDeliveryTime': {
      target: '.answering.deliveryTime',
      description: 'The caller asks how long delivery takes in general, not about one order.',
      meta: {
        phrases: [
          'delivery',
          'delivery time',
          'delivery times',
          'how long does delivery take',
          'how long is delivery',
          'how long does shipping take',
          'how fast do you deliver',
          'how quickly do you deliver',
          'what are your delivery times',
          'what is the delivery time',
        ],
      },
    },
    'caller.asksForHelp': {
      target: '.helping',
      description: 'The caller does not know what this line can do or what to say.',
      meta: {
        phrases: [
          'help',
          'i need help',
          'can you help me',
          'what can i say',
          'what can you do',
          'what are my options',
          'what are my choices',
          'how does this work',
        ],
      },
    },
    'caller.wantsRepeat': {
      actions: 'countRepeat',
      description: 'The caller wants to hear the last thing again. The conversation stays where it is.',
      meta: {
        phrases: [
          'repeat that',
          'can you repeat that',
          'could you repeat that please',
          'say that again',
          'can you say that again',
          'could you say that again please',
          'what did you say',
          'what was that',
          'pardon',
          'please repeat',
        ],
      },
    },
    'caller.wantsPerson': {
      target: '.transferring',
      description: 'The caller wants to talk to a person.',
      meta: {
        phrases: [
          'agent',
          'operator',
          'representative',
          'customer service',
          'a person please',
          'a real person',
          'talk to a person',
          'i want to talk to a person',
          'can i talk to someone',
          'speak to someone',
          'speak to an agent',
          'i want to speak to a human',
        ],
      },
    },
    'caller.saysGoodbye': {
      target: '.goodbye',
      description: 'The caller takes leave or wants to end the call.',
      meta: {
        phrases: [
          'goodbye',
          'bye',
          'bye bye',
          'thank you goodbye',
          'thanks bye',
          'okay goodbye',
          'see you later',
          'i have to go',
          'end the call',
          'hang up',
        ],
      },
    },
  },
  states: {
    takingNumber: {
      description: 'Finding out which order the caller means.',
      initial: 'greeting',
      on: {
        'caller.needsTime': {
          target: '.waiting',
          description: 'The caller needs a moment, perhaps to find the order number.',
          meta: {
            phrases: [
              'hold on',
              'hold on a moment',
              'hold on a second',
              'just a moment',
              'one moment please',
              'wait a minute',
              'give me a minute',
              'let me find it',
              'let me look',
              "i'm looking for it",
            ],
          },
        },
      },
      states: {
        greeting: {
          description: 'The call begins: say who answers and ask what for.',
          meta: {
            say: 'Thanks for calling Acme. This is the automated order line. What is your order number?',
            ask: 'What is your order number? You can also say help.',
          },
        },
        asking: {
          description: 'The order number is needed, and has not been heard or was wrong.',
          meta: {
            say: 'Please say the four digits of your order number, or key them in.',
            ask: 'What are the four digits of your order number?',
            listen: 'digits',
          },
        },
        waiting: {
          description: 'The caller is looking for the order number. There is no hurry.',
          meta: {
            say: 'Take your time. Tell me the order number when you have it.',
            ask: 'What is your order number?',
            listen: 'patient',
          },
        },
        confirming: {
          description: 'A spoken order number is read back, because it may have been misheard.',
          meta: {
            say: 'I heard {orderNumber:digits}. Is that right?',
          },
          on: {
            'caller.confirmsNumber': {
              target: '#orderStatus.lookingUp',
              description: 'The number that was read back is right.',
              meta: {
                phrases: [
                  'yes',
                  'yeah',
                  'yep',
                  'yes it is',
                  "that's right",
                  "yes that's right",
                  "yeah that's right",
                  'that is right',
                  "that's correct",
                  'correct',
                  'right',
                  'exactly',
                ],
              },
            },
            'caller.deniesNumber': {
              target: 'asking',
              description: 'The number that was read back is wrong, and the caller gives no other.',
              meta: {
                phrases: [
                  'no',
                  'nope',
                  "no it's not",
                  "no it isn't",
                  "that's wrong",
                  "no that's wrong",
                  "that's not right",
                  "no that's not right",
                  "that's not it",
                  'not right',
                  'not correct',
                  'incorrect',
                  'wrong number',
                ],
              },
            },
          },
        },
      },
    },
    lookingUp: {
      description: 'The order is being looked up; this takes a moment.',
      meta: {
        say: 'Let me look that up.',
        tool: { name: 'lookUpOrder', input: { orderNumber: 'orderNumber' } },
      },
      on: {
        'tool.succeeded': [
          {
            guard: 'orderWasFound',
            target: 'answering.orderFound',
            actions: 'noteFacts',
            description: 'There is such an order.',
          },
          { target: 'orderNotFound', description: 'There is no such order.' },
        ],
        'tool.failed': { target: 'lookupFailed', description: 'The records could not be reached.' },
      },
    },
    orderNotFound: {
      description: 'No order has that number.',
      meta: {
        say: "I can't find an order {orderNumber:digits}. Would you like to try another number?",
        ask: 'Would you like to try another number?',
      },
      on: {
        'caller.triesAgain': {
          target: 'takingNumber.asking',
          description: 'The caller will give another number.',
          meta: {
            phrases: [
              'yes',
              'yeah',
              'yes please',
              'sure',
              'try again',
              'yes try again',
              'another number',
              'try another number',
              'let me try again',
            ],
          },
        },
        'caller.declines': {
          target: 'answering.anythingElse',
          description: 'The caller gives up on this order.',
          meta: {
            phrases: ['no', 'nope', 'no thanks', 'no thank you', 'never mind', 'forget it', 'not now'],
          },
        },
      },
    },
    lookupFailed: {
      description: 'The order records cannot be reached: a fault of ours, not of the caller.',
      meta: {
        say: "I'm sorry, I can't reach the order records right now. Shall I try again? Or say agent to talk to a person.",
        ask: 'Shall I try again, or would you rather talk to an agent?',
      },
      on: {
        'caller.triesAgain': {
          target: 'lookingUp',
          description: 'The same order is to be looked up once more.',
          meta: {
            phrases: [
              'yes',
              'yeah',
              'yes please',
              'sure',
              'try again',
              'yes try again',
              'please try again',
              'try it again',
            ],
          },
        },
        'caller.declines': {
          target: 'answering.anythingElse',
          description: 'The caller does not want to wait for the records.',
          meta: {
            phrases: ['no', 'nope', 'no thanks', 'no thank you', 'never mind', 'forget it', 'not now'],
          },
        },
      },
    },
    answering: {
      description: 'A question has been answered; perhaps there is another.',
      initial: 'anythingElse',
      on: {
        'caller.hasAnotherQuestion': {
          target: 'helping',
          description: 'There is something else, and the caller has not said what.',
          meta: {
            phrases: [
              'yes',
              'yeah',
              'yes please',
              'yes there is',
              'something else',
              'one more thing',
              'i have another question',
              'yes i have another question',
            ],
          },
        },
        'caller.needsNothingElse': {
          target: 'goodbye',
          description: 'The caller has everything.',
          meta: {
            phrases: [
              'no',
              'nope',
              'no thanks',
              'no thank you',
              "that's all",
              "no that's all",
              "that's it",
              "no that's it",
              "that's everything",
              'nothing else',
              'no nothing else',
              "i'm done",
            ],
          },
        },
      },
      states: {
        orderFound: {
          description: 'The order was found: say how it stands.',
          meta: {
            say: 'Your order {orderNumber:digits}, {item}, {status}. {arrival} Is there anything else?',
            ask: 'Is there anything else I can help you with?',
          },
        },
        openingHours: {
          description: 'Say when Acme is open.',
          meta: {
            say: 'We are open Monday to Friday from nine to six, and on Saturday from ten to four. Is there anything else?',
            ask: 'Is there anything else I can help you with?',
          },
        },
        deliveryTime: {
          description: 'Say how long delivery takes.',
          meta: {
            say: 'Standard delivery takes three to five working days, and express delivery one. Is there anything else?',
            ask: 'Is there anything else I can help you with?',
          },
        },
        anythingElse: {
          description: 'Nothing is open any more: ask whether something else is.',
          meta: {
            say: 'All right. Is there anything else I can help you with?',
            ask: 'Is there anything else I can help you with?',
          },
        },
      },
    },
    helping: {
      description: 'Say what callers can do here.',
      meta: {
        say: 'You can tell me an order number, ask about opening hours or delivery times, or say agent to talk to a person. What would you like?',
        ask: 'What would you like?',
      },
    },
    transferring: {
      description: 'The caller is passed to a person. If nobody can take the call, the conversation goes on.',
      meta: {
        say: "I'll put you through to a person. From here on the call may be recorded.",
        ask: 'What else can I do for you?',
        uninterruptible: true,
        afterwards: 'transfer',
      },
      on: {
        'transfer.failed': { target: 'answering.anythingElse', description: 'Nobody took the call.' },
      },
    },
    goodbye: {
      description: 'Take leave and hang up.',
      meta: {
        say: 'Thanks for calling Acme. Goodbye!',
        ask: 'Goodbye!',
        afterwards: 'hangUp',
      },
      on: {
        'caller.staysOnLine': {
          target: 'helping',
          description: 'The caller was taken for leaving, and is not.',
          meta: {
            phrases: [
              'wait',
              'no wait',
              'wait a minute',
              "don't hang up",
              "i'm not done",
              "i'm not done yet",
              'one more thing',
              'i have another question',
            ],
          },
        },
      },
    },
  },
});
