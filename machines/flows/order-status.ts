import { flow } from '../flow.ts';

/** A telephone line that tells callers where their order is. */
export const orderStatus = flow.createMachine({
  id: 'orderStatus',
  description:
    'The automated order line of Acme, a shop for the home. It looks up orders by their four-digit number, knows the opening hours and delivery times, and passes callers to a person on request. It knows nothing else and changes nothing.',
  context: { facts: {} },
  meta: {
    facts: {
      orderNumber: { type: 'digits', length: 4, description: 'The number of the order, four digits.' },
      item: { type: 'text', description: 'What was ordered, as "a desk lamp".', from: 'lookUpOrder' },
      status: { type: 'text', description: 'How the order stands, as "is on its way".', from: 'lookUpOrder' },
      arrival: { type: 'text', description: 'When it comes or came, a sentence.', from: 'lookUpOrder' },
    },
  },
  initial: 'takingNumber',
  on: {
    'caller.saysNumber': {
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
      },
    },
    'caller.keysNumber': {
      target: '.lookingUp',
      actions: 'noteFacts',
      description:
        'The caller typed an order number on the keypad. Keys are not misheard, so nothing is read back. orderNumber is its four digits.',
      meta: {
        phrases: ['{orderNumber}'],
        by: 'keypad',
      },
    },
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
        phrases: ['@help'],
      },
    },
    'caller.wantsRepeat': {
      actions: 'sayAgain',
      description: 'The caller wants to hear the last thing again. The conversation stays where it is.',
      meta: {
        phrases: ['@repeat'],
      },
    },
    'caller.wantsPerson': {
      target: '.transferring',
      description: 'The caller wants to talk to a person.',
      meta: {
        phrases: ['@person'],
      },
    },
    'caller.saysGoodbye': {
      target: '.goodbye',
      description: 'The caller takes leave or wants to end the call.',
      meta: {
        phrases: ['@goodbye'],
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
            phrases: ['@needsTime'],
          },
        },
      },
      states: {
        greeting: {
          description: 'The call begins: say who answers and ask what for.',
          meta: {
            collects: ['orderNumber'],
            say: 'Thanks for calling Acme. This is the automated order line. What is your order number?',
            ask: 'What is your order number? You can also say help.',
          },
        },
        asking: {
          description: 'The order number is needed, and has not been heard or was wrong.',
          meta: {
            collects: ['orderNumber'],
            say: 'Please say the four digits of your order number, or key them in.',
            ask: 'What are the four digits of your order number?',
            listen: 'digits',
          },
        },
        waiting: {
          description: 'The caller is looking for the order number. There is no hurry.',
          meta: {
            collects: ['orderNumber'],
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
                phrases: ['@yes'],
              },
            },
            'caller.deniesNumber': {
              target: 'asking',
              description: 'The number that was read back is wrong, and the caller gives no other.',
              meta: {
                phrases: ['@no', "that's not it", 'wrong number'],
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
            guard: { type: 'resultIs', params: { found: true } },
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
            phrases: ['@yes', '@again', 'another number', 'try another number'],
          },
        },
        'caller.declines': {
          target: 'answering.anythingElse',
          description: 'The caller gives up on this order.',
          meta: {
            phrases: ['@no', '@notNow'],
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
            phrases: ['@yes', '@again'],
          },
        },
        'caller.declines': {
          target: 'answering.anythingElse',
          description: 'The caller does not want to wait for the records.',
          meta: {
            phrases: ['@no', '@notNow'],
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
            phrases: ['yes', 'yeah', 'yes please', '@anotherQuestion'],
          },
        },
        'caller.needsNothingElse': {
          target: 'goodbye',
          description: 'The caller has everything.',
          meta: {
            phrases: ['no', 'nope', 'no thanks', 'no thank you', '@nothingElse'],
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
            phrases: ['@staysOnLine'],
          },
        },
      },
    },
  },
});
