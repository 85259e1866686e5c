import { flow } from '../../flow.ts';

/** Finds out who is calling: the phone number, read back when it was spoken, and the name, if the caller will say it. */
export const identifyCaller = flow.createMachine({
  id: 'identifyCaller',
  description: 'Finds out under which phone number the caller is known, and the name.',
  context: { facts: {} },
  meta: {
    facts: {
      phoneNumber: {
        type: 'digits',
        length: 10,
        personal: true,
        description: "The caller's phone number with its area code, ten digits.",
      },
      callerName: { type: 'text', personal: true, description: "The caller's first and last name." },
    },
  },
  initial: 'askingPhone',
  on: {
    'caller.givesPhone': {
      target: '#identifyCaller.confirmingPhone',
      actions: 'noteFacts',
      description:
        'The caller says a phone number, for the first time or to correct it. phoneNumber is its ten digits.',
      meta: {
        phrases: [
          '{phoneNumber}',
          "it's {phoneNumber}",
          'it is {phoneNumber}',
          'my number is {phoneNumber}',
          'my phone number is {phoneNumber}',
          'the number is {phoneNumber}',
          "no it's {phoneNumber}",
        ],
      },
    },
    'caller.keysPhone': {
      target: '#identifyCaller.askingName',
      actions: 'noteFacts',
      description:
        'The caller typed the phone number on the keypad. Keys are not misheard, so nothing is read back.',
      meta: { phrases: ['{phoneNumber}'], by: 'keypad' },
    },
  },
  states: {
    askingPhone: {
      description: 'The phone number is needed.',
      meta: {
        collects: ['phoneNumber'],
        say: 'What is your phone number, with the area code? You can also key it in.',
        ask: 'Please tell me your phone number, all ten digits.',
        listen: 'digits',
      },
      on: {
        'caller.needsTime': {
          target: 'waiting',
          description: 'The caller needs a moment to find the number.',
          meta: { phrases: ['@needsTime'] },
        },
      },
    },
    waiting: {
      description: 'The caller is looking for the number. There is no hurry.',
      meta: {
        collects: ['phoneNumber'],
        say: 'Take your time. Tell me the number when you have it.',
        ask: 'What is your phone number?',
        listen: 'patient',
      },
    },
    confirmingPhone: {
      description: 'A spoken phone number is read back, because it may have been misheard.',
      meta: { say: 'I heard {phoneNumber:digits}. Is that right?' },
      on: {
        'caller.confirmsPhone': {
          target: 'askingName',
          description: 'The phone number that was read back is right.',
          meta: { phrases: ['@yes'] },
        },
        'caller.deniesPhone': {
          target: 'askingPhone',
          description: 'The phone number that was read back is wrong, and the caller gives no other.',
          meta: { phrases: ['@no', 'wrong number'] },
        },
      },
    },
    askingName: {
      description: 'The name helps people who read the entry; the caller need not give it.',
      meta: {
        collects: ['callerName'],
        say: 'Thank you. And your name, please?',
        ask: 'What is your name? You can also say skip.',
      },
      on: {
        'caller.givesName': {
          target: 'confirmingName',
          actions: 'noteFacts',
          description: 'The caller says their name. callerName is the name alone.',
          meta: {
            phrases: [
              'my name is {callerName}',
              'the name is {callerName}',
              'this is {callerName}',
              "i'm {callerName}",
              "it's {callerName}",
              '{callerName}',
            ],
          },
        },
        'caller.keepsNameBack': {
          target: 'identified',
          description: 'The caller does not want to give a name.',
          meta: {
            phrases: ['skip', 'skip that', '@no', 'no name', "i'd rather not say", "i don't want to say"],
          },
        },
      },
    },
    confirmingName: {
      description: 'A name is easily misheard, so it is read back.',
      meta: { say: 'I have {callerName}. Is that right?' },
      on: {
        'caller.confirmsName': {
          target: 'identified',
          description: 'The name that was read back is right.',
          meta: { phrases: ['@yes'] },
        },
        'caller.deniesName': {
          target: 'askingName',
          actions: { type: 'forgetFacts', params: { facts: ['callerName'] } },
          description: 'The name that was read back is wrong.',
          meta: { phrases: ['@no', "that's not my name"] },
        },
      },
    },
    identified: { type: 'final', description: 'It is known who calls.' },
  },
});
