import type { KnownTool } from '../../../src/check/subject.ts';

/** A flow without a fault, for tests to spoil: it moves an appointment, in two languages, and has a sub-flow. */
export const soundFlow = {
  id: 'visits',
  description: 'The line of a surgery. It finds and moves appointments.',
  context: { facts: {} },
  meta: {
    languages: ['en', 'es'],
    facts: {
      visitNumber: { type: 'digits', length: 6, description: 'The number of the appointment.' },
      day: {
        type: 'oneOf',
        description: 'The new day.',
        values: {
          monday: { en: ['monday', 'on monday'], es: ['lunes', 'el lunes'] },
          friday: { en: ['friday', 'on friday'], es: ['viernes', 'el viernes'] },
        },
      },
      doctor: { type: 'text', description: 'Who sees the caller.', from: 'findVisit' },
    },
  },
  initial: 'greeting',
  on: {
    'caller.wantsRepeat': {
      actions: 'sayAgain',
      description: 'The caller wants to hear the last thing again.',
      meta: { phrases: ['@repeat'] },
    },
    'caller.wantsPerson': {
      target: '.transferring',
      description: 'The caller wants to talk to a person.',
      meta: { phrases: ['@person'] },
    },
    'caller.saysGoodbye': {
      target: '.goodbye',
      description: 'The caller takes leave.',
      meta: { phrases: ['@goodbye'] },
    },
  },
  states: {
    greeting: {
      description: 'The call begins.',
      meta: {
        say: {
          en: 'This is the surgery. Would you like to move an appointment?',
          es: 'Esta es la consulta. ¿Quiere cambiar una cita?',
        },
      },
      on: {
        'caller.wantsToMove': {
          target: 'identifying',
          description: 'The caller wants to move an appointment.',
          meta: { phrases: { en: ['@yes', 'move an appointment'], es: ['@yes', 'cambiar una cita'] } },
        },
        'caller.wantsNothing': {
          target: 'goodbye',
          description: 'The caller has called by mistake, or does not want to move anything.',
          meta: { phrases: ['@no'] },
        },
      },
    },
    identifying: {
      description: 'The appointment is found out.',
      meta: { subflow: 'identify' },
      onDone: { target: 'finding' },
    },
    finding: {
      description: 'The appointment is looked up.',
      meta: {
        say: { en: 'Let me look.', es: 'Voy a mirar.' },
        tool: { name: 'findVisit', input: { number: 'visitNumber' } },
      },
      on: {
        'tool.succeeded': [
          {
            guard: { type: 'resultIs', params: { found: true } },
            target: 'choosing.day',
            actions: 'noteFacts',
            description: 'There is such an appointment.',
          },
          { target: 'unknown', description: 'There is none.' },
        ],
        'tool.failed': { target: 'failed', description: 'The calendar cannot be reached.' },
      },
    },
    unknown: {
      description: 'There is no such appointment.',
      meta: {
        say: {
          en: 'I cannot find {visitNumber:digits}. Shall we try again?',
          es: 'No encuentro {visitNumber:digits}. ¿Lo intentamos otra vez?',
        },
      },
      on: {
        'caller.triesAgain': {
          target: 'identifying',
          description: 'The caller will give the number once more.',
          meta: { phrases: ['@yes', '@again'] },
        },
        'caller.givesUp': {
          target: 'goodbye',
          description: 'The caller does not want to go on.',
          meta: { phrases: ['@no', '@notNow'] },
        },
      },
    },
    choosing: {
      description: 'A new day is agreed on.',
      initial: 'day',
      on: {
        'caller.saysDay': {
          target: '.confirming',
          actions: 'noteFacts',
          description: 'The caller names a day.',
          meta: { phrases: { en: ['{day}', 'make it {day}'], es: ['{day}', 'mejor {day}'] } },
        },
      },
      states: {
        day: {
          description: 'The day is asked for.',
          meta: {
            collects: ['day'],
            say: {
              en: 'You see {doctor}. Which day suits you, Monday or Friday?',
              es: 'Le atiende {doctor}. ¿Qué día prefiere, lunes o viernes?',
            },
            ask: { en: 'Monday or Friday?', es: '¿Lunes o viernes?' },
          },
        },
        confirming: {
          description: 'The day is read back.',
          meta: {
            say: { en: 'I will move it to {day}. Is that right?', es: 'Lo cambio al {day}. ¿Es correcto?' },
          },
          on: {
            'caller.agrees': {
              target: '#visits.moving',
              description: 'The caller agrees to the new day.',
              meta: { phrases: ['@yes'], confirms: true },
            },
            'caller.disagrees': {
              target: 'day',
              actions: [{ type: 'forgetFacts', params: { facts: ['day'] } }],
              description: 'The day is wrong, and the caller names no other.',
              meta: { phrases: ['@no'] },
            },
          },
        },
      },
    },
    moving: {
      description: 'The appointment is moved.',
      meta: {
        say: { en: 'I am moving it now.', es: 'Lo cambio ahora.' },
        tool: { name: 'moveVisit', input: { number: 'visitNumber', day: 'day' } },
      },
      on: {
        'tool.succeeded': { target: 'moved', description: 'It has been moved.' },
        'tool.failed': { target: 'failed', description: 'The calendar cannot be reached.' },
      },
    },
    moved: {
      description: 'It is done.',
      meta: {
        say: { en: 'Done. Is there anything else?', es: 'Hecho. ¿Desea algo más?' },
      },
      on: {
        'caller.wantsMore': {
          target: 'greeting',
          description: 'There is something else.',
          meta: { phrases: ['@yes', '@anotherQuestion'] },
        },
        'caller.isDone': {
          target: 'goodbye',
          description: 'The caller has everything.',
          meta: { phrases: ['@no', '@nothingElse'] },
        },
      },
    },
    failed: {
      description: 'The calendar cannot be reached.',
      meta: {
        say: {
          en: 'The calendar does not answer. Shall I put you through to a person?',
          es: 'El calendario no responde. ¿Le paso con una persona?',
        },
      },
      on: {
        'caller.wantsThrough': {
          target: 'transferring',
          description: 'The caller would like to be passed on.',
          meta: { phrases: ['@yes'] },
        },
        'caller.doesNotWait': {
          target: 'goodbye',
          description: 'The caller would rather call again.',
          meta: { phrases: ['@no', '@notNow'] },
        },
      },
    },
    transferring: {
      description: 'The caller is passed to a person.',
      meta: {
        say: {
          en: 'I will put you through. This call may be recorded.',
          es: 'Le paso. Esta llamada puede ser grabada.',
        },
        uninterruptible: true,
        afterwards: 'transfer',
      },
      on: { 'transfer.failed': { target: 'failed', description: 'Nobody took the call.' } },
    },
    goodbye: {
      description: 'The call ends.',
      meta: { say: { en: 'Goodbye!', es: '¡Adiós!' }, afterwards: 'hangUp' },
    },
  },
};

export const soundPart = {
  id: 'identify',
  description: 'Finds out the number of an appointment.',
  context: { facts: {} },
  meta: {
    languages: ['en', 'es'],
    facts: { visitNumber: { type: 'digits', length: 6, description: 'The number of the appointment.' } },
  },
  initial: 'asking',
  on: {
    'caller.saysNumber': {
      target: '.confirming',
      actions: 'noteFacts',
      description: 'The caller says the number.',
      meta: {
        phrases: {
          en: ['{visitNumber}', "it's {visitNumber}"],
          es: ['{visitNumber}', 'es el {visitNumber}'],
        },
      },
    },
    'caller.keysNumber': {
      target: '.done',
      actions: 'noteFacts',
      description: 'The caller keys the number in.',
      meta: { phrases: ['{visitNumber}'], by: 'keypad' },
    },
  },
  states: {
    asking: {
      description: 'The number is asked for.',
      meta: {
        collects: ['visitNumber'],
        say: { en: 'What is the number of your appointment?', es: '¿Cuál es el número de su cita?' },
        listen: 'digits',
      },
    },
    confirming: {
      description: 'The number is read back.',
      meta: {
        say: {
          en: 'I heard {visitNumber:digits}. Is that right?',
          es: 'He oído {visitNumber:digits}. ¿Es correcto?',
        },
      },
      on: {
        'caller.confirmsNumber': {
          target: 'done',
          description: 'The number is right.',
          meta: { phrases: ['@yes'] },
        },
        'caller.deniesNumber': {
          target: 'asking',
          description: 'The number is wrong, and the caller gives no other.',
          meta: { phrases: ['@no'] },
        },
      },
    },
    done: { description: 'The number is known.', type: 'final' },
  },
};

const digits6 = { type: 'string', pattern: '^[0-9]{6}$' };

export const soundTools: ReadonlyMap<string, KnownTool> = new Map(
  [
    {
      name: 'findVisit',
      inputSchema: {
        type: 'object',
        properties: { number: digits6 },
        required: ['number'],
        additionalProperties: false,
      },
    },
    {
      name: 'moveVisit',
      changes: true,
      inputSchema: {
        type: 'object',
        properties: { number: digits6, day: { type: 'string', enum: ['monday', 'friday'] } },
        required: ['number', 'day'],
        additionalProperties: false,
      },
    },
  ].map(tool => [tool.name, tool]),
);
