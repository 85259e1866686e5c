import { flow } from '../flow.ts';

/** The telephone line of a dental practice: books, moves and cancels appointments. */
export const appointmentBooking = flow.createMachine({
  id: 'appointmentBooking',
  description:
    'The automated booking line of Maple Street Dental. It books, moves and cancels appointments from Monday to Friday, and passes callers to the reception on request. It gives no medical advice and knows no prices.',
  context: { facts: {} },
  meta: {
    facts: {
      wish: {
        type: 'oneOf',
        description: 'What the caller wants to do with an appointment.',
        values: {
          book: ['book', 'make', 'schedule'],
          move: ['move', 'change', 'reschedule'],
          cancel: ['cancel'],
        },
      },
      reason: {
        type: 'oneOf',
        description: 'What the appointment is for.',
        values: {
          checkup: ['a checkup', 'checkup', 'a check up'],
          cleaning: ['a cleaning', 'cleaning', 'my teeth cleaned'],
          filling: ['a filling', 'filling', 'a broken filling'],
          emergency: [
            'an emergency',
            'emergency',
            'a tooth ache',
            'tooth ache',
            'tooth pain',
            'pain',
            'a broken tooth',
          ],
        },
      },
      day: {
        type: 'oneOf',
        description: 'The day of the appointment that is looked for.',
        values: {
          monday: ['monday'],
          tuesday: ['tuesday'],
          wednesday: ['wednesday'],
          thursday: ['thursday'],
          friday: ['friday'],
        },
      },
      partOfDay: {
        type: 'oneOf',
        description: 'The half of the day that suits the caller.',
        values: { morning: ['morning'], afternoon: ['afternoon'] },
      },
      time: {
        type: 'text',
        description: 'The free time that is offered, as "9:30 AM".',
        from: 'findFreeSlot',
      },
      bookedReason: {
        type: 'text',
        personal: true,
        description: 'What the existing appointment is for, as "a checkup".',
        from: 'findAppointment',
      },
      bookedDay: {
        type: 'text',
        description: 'The day of the existing appointment.',
        from: 'findAppointment',
      },
      bookedTime: {
        type: 'text',
        description: 'The time of the existing appointment.',
        from: 'findAppointment',
      },
    },
  },
  initial: 'greeting',
  on: {
    'caller.saysWish': [
      {
        guard: { type: 'factIs', params: { fact: 'wish', value: 'book' } },
        target: '.askingReason',
        actions: [
          'noteFacts',
          { type: 'forgetFacts', params: { facts: ['bookedReason', 'bookedDay', 'bookedTime'] } },
        ],
        description:
          'The caller says what to do with an appointment: wish is book for a new one, move for another time, or cancel. A new one begins with its reason.',
        meta: {
          phrases: [
            '{wish} an appointment',
            '{wish} my appointment',
            '{wish} a new appointment',
            'i want to {wish} an appointment',
            'i want to {wish} my appointment',
            'i would like to {wish} an appointment',
            'i would like to {wish} my appointment',
            'i need to {wish} my appointment',
            'can i {wish} an appointment',
          ],
        },
      },
      {
        guard: { type: 'knowsFacts', params: { facts: ['phoneNumber'] } },
        target: '.existing.checkingNumber',
        actions: 'noteFacts',
        description: 'An existing appointment is meant, and a phone number is known already.',
      },
      {
        target: '.existing.identifying',
        actions: 'noteFacts',
        description: 'An existing appointment is meant, and it is not known who calls.',
      },
    ],
    'caller.givesReason': {
      target: '.scheduling.askingDay',
      actions: [
        'noteFacts',
        { type: 'forgetFacts', params: { facts: ['bookedReason', 'bookedDay', 'bookedTime'] } },
      ],
      description: 'The caller says what a new appointment is to be for. reason is which.',
      meta: {
        phrases: [
          '{reason}',
          'for {reason}',
          'i need {reason}',
          'i have {reason}',
          "it's for {reason}",
          'an appointment for {reason}',
          'i need an appointment for {reason}',
        ],
      },
    },
    'caller.asksForHelp': {
      target: '.helping',
      description: 'The caller does not know what this line can do or what to say.',
      meta: { phrases: ['@help'] },
    },
    'caller.wantsRepeat': {
      actions: 'sayAgain',
      description: 'The caller wants to hear the last thing again. The conversation stays where it is.',
      meta: { phrases: ['@repeat'] },
    },
    'caller.wantsPerson': {
      target: '.transferring',
      description: 'The caller wants to talk to somebody at the reception.',
      meta: { phrases: ['@person', 'reception'] },
    },
    'caller.saysGoodbye': {
      target: '.goodbye',
      description: 'The caller takes leave or wants to end the call.',
      meta: { phrases: ['@goodbye'] },
    },
  },
  states: {
    greeting: {
      description: 'The call begins: say who answers and ask what for.',
      meta: {
        collects: ['wish'],
        say: 'Hello, this is the booking line of Maple Street Dental. Would you like to book, move or cancel an appointment?',
        ask: 'Would you like to book, move or cancel an appointment?',
      },
    },
    askingReason: {
      description: 'A new appointment: what for decides how long it takes.',
      meta: {
        collects: ['reason'],
        say: 'What is it for: a checkup, a cleaning, a filling or an emergency?',
        ask: 'Is it for a checkup, a cleaning, a filling or an emergency?',
      },
    },
    scheduling: {
      description: 'Finding a time that suits both, for a new appointment or for one that is moved.',
      initial: 'askingDay',
      on: {
        'caller.givesDay': {
          target: '#appointmentBooking.scheduling.askingPartOfDay',
          actions: ['noteFacts', { type: 'forgetFacts', params: { facts: ['time'] } }],
          description: 'The caller names a day, the first or another one. day is which.',
          meta: {
            phrases: [
              '{day}',
              'on {day}',
              'next {day}',
              'how about {day}',
              'what about {day}',
              '{day} would be good',
              'rather on {day}',
            ],
          },
        },
        'caller.givesDayAndPart': {
          target: '#appointmentBooking.scheduling.findingSlot',
          actions: ['noteFacts', { type: 'forgetFacts', params: { facts: ['time'] } }],
          description: 'The caller names a day and the half of it. day and partOfDay are which.',
          meta: {
            phrases: [
              '{day} {partOfDay}',
              'on {day} {partOfDay}',
              'on {day} in the {partOfDay}',
              '{day} in the {partOfDay}',
              'how about {day} {partOfDay}',
            ],
          },
        },
      },
      states: {
        askingDay: {
          description: 'The day is needed.',
          meta: {
            collects: ['day'],
            say: 'Which day suits you, from Monday to Friday?',
            ask: 'Which day would you like: Monday, Tuesday, Wednesday, Thursday or Friday?',
          },
        },
        askingPartOfDay: {
          description: 'The half of the day is needed.',
          meta: {
            collects: ['partOfDay'],
            say: '{day}, in the morning or in the afternoon?',
            ask: 'Would you rather come in the morning or in the afternoon?',
          },
          on: {
            'caller.givesPartOfDay': {
              target: 'findingSlot',
              actions: 'noteFacts',
              description: 'The caller says which half of the day suits. partOfDay is which.',
              meta: {
                phrases: [
                  '{partOfDay}',
                  'in the {partOfDay}',
                  'the {partOfDay}',
                  '{partOfDay} is better',
                  'i prefer the {partOfDay}',
                ],
              },
            },
            'caller.hasNoPreference': {
              target: 'findingSlot',
              actions: { type: 'forgetFacts', params: { facts: ['partOfDay'] } },
              description: 'Both halves of the day suit the caller.',
              meta: {
                phrases: [
                  'either',
                  'either is fine',
                  "i don't mind",
                  "it doesn't matter",
                  'whenever',
                  'any time',
                ],
              },
            },
          },
        },
        findingSlot: {
          description: 'The diary is searched for a free time, after the one that did not suit.',
          meta: {
            say: 'Let me see what is free.',
            tool: {
              name: 'findFreeSlot',
              input: { day: 'day', partOfDay: 'partOfDay', after: 'time' },
            },
          },
          on: {
            'tool.succeeded': [
              {
                guard: { type: 'resultIs', params: { found: true } },
                target: 'offering.wanted',
                actions: 'noteFacts',
                description: 'There is a free time.',
              },
              {
                guard: { type: 'resultIs', params: { hasOther: true } },
                target: 'offering.other',
                actions: 'noteFacts',
                description: 'That half of the day is full, and there is a free time later on.',
              },
              { target: 'fullyBooked', description: 'Nothing is free any more.' },
            ],
            'tool.failed': { target: 'searchFailed', description: 'The diary could not be reached.' },
          },
        },
        offering: {
          description: 'A free time is offered.',
          initial: 'wanted',
          on: {
            'caller.takesSlot': [
              {
                guard: {
                  type: 'knowsFacts',
                  params: { facts: ['phoneNumber', 'bookedReason', 'bookedDay', 'bookedTime'] },
                },
                target: '#appointmentBooking.moving.readingBack',
                description:
                  'The time that is offered suits the caller. The existing appointment is to be moved to it.',
                meta: {
                  phrases: [
                    '@yes',
                    'that works',
                    'that works for me',
                    "i'll take it",
                    'that is fine',
                    'perfect',
                    'sounds good',
                  ],
                },
              },
              {
                guard: { type: 'knowsFacts', params: { facts: ['phoneNumber', 'reason'] } },
                target: '#appointmentBooking.booking.readingBack',
                description: 'The time suits for a new appointment, and it is known who calls.',
              },
              {
                guard: { type: 'knowsFacts', params: { facts: ['reason'] } },
                target: '#appointmentBooking.booking.identifying',
                description: 'The time suits for a new appointment, and it is not known who calls.',
              },
            ],
          },
          states: {
            wanted: {
              description: 'A time that is as the caller wished.',
              meta: {
                say: 'I have {time} on {day}. Would that suit you?',
                ask: 'Would {time} on {day} suit you?',
              },
              on: {
                'caller.declinesSlot': {
                  target: '#appointmentBooking.scheduling.findingSlot',
                  description: 'The time does not suit, and the caller names no other day.',
                  meta: {
                    phrases: [
                      '@no',
                      'another time',
                      'do you have another time',
                      'something later',
                      'is there a later one',
                      'later that day',
                    ],
                  },
                },
              },
            },
            other: {
              description: 'What the caller wished is full: the next free time is offered.',
              meta: {
                say: "I'm sorry, that is full. The next free time is {day} at {time}. Would that suit you?",
                ask: 'Would {day} at {time} suit you?',
              },
              on: {
                'caller.declinesSlot': {
                  target: '#appointmentBooking.scheduling.askingDay',
                  description: 'The time does not suit, and the caller names no other day.',
                  meta: {
                    phrases: [
                      '@no',
                      'another day',
                      'do you have another day',
                      'another time',
                      'something else',
                    ],
                  },
                },
              },
            },
          },
        },
        fullyBooked: {
          description: 'No time is free at all.',
          meta: {
            say: "I'm sorry, we have nothing free at the moment. Shall I put you through to the reception?",
            ask: 'Shall I put you through to the reception?',
          },
          on: {
            'caller.acceptsReception': {
              target: '#appointmentBooking.transferring',
              description: 'The reception is to look for a time.',
              meta: { phrases: ['@yes'] },
            },
            'caller.givesUp': {
              target: '#appointmentBooking.anythingElse',
              description: 'The caller does not want to talk to the reception.',
              meta: { phrases: ['@no', 'never mind', 'forget it', 'not now'] },
            },
          },
        },
        searchFailed: {
          description: 'The diary cannot be reached: a fault of ours, not of the caller.',
          meta: {
            say: "I'm sorry, I can't open the diary right now. Shall I try again?",
            ask: 'Shall I try again, or would you rather talk to the reception?',
          },
          on: {
            'caller.triesAgain': {
              target: 'findingSlot',
              description: 'The diary is to be searched once more.',
              meta: { phrases: ['@yes', '@again'] },
            },
            'caller.givesUp': {
              target: '#appointmentBooking.anythingElse',
              description: 'The caller does not want to wait for the diary.',
              meta: { phrases: ['@no', 'never mind', 'forget it', 'not now'] },
            },
          },
        },
        slotTaken: {
          description: 'Somebody else was quicker.',
          meta: {
            say: "I'm sorry, that time has just been taken. Shall I look for another one?",
            ask: 'Shall I look for another time?',
          },
          on: {
            'caller.triesAgain': {
              target: 'findingSlot',
              description: 'Another time is to be looked for.',
              meta: { phrases: ['@yes', '@again'] },
            },
            'caller.givesUp': {
              target: '#appointmentBooking.anythingElse',
              description: 'The caller gives up on this appointment.',
              meta: { phrases: ['@no', 'never mind', 'forget it', 'not now'] },
            },
          },
        },
      },
    },
    booking: {
      description: 'A free time has been found for a new appointment.',
      initial: 'identifying',
      states: {
        identifying: {
          description: 'Who is the appointment for?',
          meta: { subflow: 'identify-caller' },
          onDone: { target: 'readingBack', description: 'It is known who calls.' },
        },
        readingBack: {
          description: 'Everything is read back before it is booked.',
          meta: {
            say: "So that's {reason}, {day} at {time}. Shall I book it?",
            ask: 'Shall I book {day} at {time}?',
          },
          on: {
            'caller.agrees': {
              target: 'bookingIt',
              description: 'What was read back is right and is to be booked.',
              meta: { phrases: ['@yes', 'go ahead', 'do it', 'please do'], confirms: true },
            },
            'caller.declines': {
              target: '#appointmentBooking.scheduling.askingDay',
              description: 'What was read back is not right: another day is wanted.',
              meta: {
                phrases: ['@no', 'another day', 'another time', 'the day is wrong', 'the time is wrong'],
              },
            },
            'caller.givesUp': {
              target: '#appointmentBooking.anythingElse',
              description: 'The caller does not want an appointment after all.',
              meta: { phrases: ['never mind', 'forget it', 'not now', 'maybe later'] },
            },
          },
        },
        bookingIt: {
          description: 'The appointment is entered in the diary.',
          meta: {
            say: "One moment, I'm booking it.",
            tool: {
              name: 'bookAppointment',
              input: {
                phoneNumber: 'phoneNumber',
                callerName: 'callerName',
                reason: 'reason',
                day: 'day',
                time: 'time',
              },
            },
          },
          on: {
            'tool.succeeded': [
              {
                guard: { type: 'resultIs', params: { booked: true } },
                target: 'booked',
                description: 'The appointment is in the diary.',
              },
              {
                target: '#appointmentBooking.scheduling.slotTaken',
                description: 'The time was taken meanwhile.',
              },
            ],
            'tool.failed': { target: 'bookingUnknown', description: 'Nobody knows whether it was booked.' },
          },
        },
        booked: {
          description: 'The appointment is made.',
          meta: {
            say: "It's booked: {day} at {time}. Is there anything else?",
            ask: 'Is there anything else I can help you with?',
          },
          on: {
            'caller.hasAnotherQuestion': {
              target: '#appointmentBooking.helping',
              description: 'There is something else, and the caller has not said what.',
              meta: { phrases: ['yes', 'yeah', 'yes please', '@anotherQuestion'] },
            },
            'caller.needsNothingElse': {
              target: '#appointmentBooking.goodbye',
              description: 'The caller has everything.',
              meta: { phrases: ['no', 'nope', 'no thanks', 'no thank you', '@nothingElse'] },
            },
          },
        },
        bookingUnknown: {
          description:
            'The diary did not answer. Whoever tried again might book it twice: a person has to look.',
          meta: {
            say: "I'm sorry, the diary did not answer, so I can't tell whether that was booked. Shall I put you through to the reception?",
            ask: 'Shall I put you through to the reception, to see whether it was booked?',
          },
          on: {
            'caller.agrees': {
              target: '#appointmentBooking.transferring',
              description: 'The reception is to look whether it was booked.',
              meta: { phrases: ['@yes', 'go ahead', 'please do'] },
            },
            'caller.givesUp': {
              target: '#appointmentBooking.anythingElse',
              description: 'The caller does not want to wait for the reception.',
              meta: { phrases: ['@no', 'never mind', 'forget it', 'not now'] },
            },
          },
        },
      },
    },
    existing: {
      description: 'Finding out whose appointment is to be moved or cancelled.',
      initial: 'identifying',
      states: {
        identifying: {
          description: 'Whose appointment is it?',
          meta: { subflow: 'identify-caller' },
          onDone: [
            {
              guard: { type: 'factIs', params: { fact: 'wish', value: 'cancel' } },
              target: '#appointmentBooking.cancelling.lookingUp',
              description: 'The appointment is to be cancelled.',
            },
            {
              target: '#appointmentBooking.moving.lookingUp',
              description: 'The appointment is to be moved.',
            },
          ],
        },
        checkingNumber: {
          description: 'A phone number was given earlier in the call.',
          meta: {
            say: 'Is it under the phone number you gave me?',
            ask: 'Is the appointment under the same phone number?',
          },
          on: {
            'caller.keepsNumber': [
              {
                guard: { type: 'factIs', params: { fact: 'wish', value: 'cancel' } },
                target: '#appointmentBooking.cancelling.lookingUp',
                description: 'It is the same phone number. The appointment is to be cancelled.',
                meta: { phrases: ['@yes', 'the same number', 'the same one'] },
              },
              {
                target: '#appointmentBooking.moving.lookingUp',
                description: 'It is the same phone number. The appointment is to be moved.',
              },
            ],
            'caller.hasOtherNumber': {
              target: 'identifying',
              description: 'The appointment is under another phone number.',
              meta: { phrases: ['@no', 'another number', 'a different number', 'under another number'] },
            },
          },
        },
        notFound: {
          description: 'No appointment is known under that number.',
          meta: {
            say: "I can't find an appointment under that number. Would you like to try another number?",
            ask: 'Would you like to try another number?',
          },
          on: {
            'caller.triesAgain': {
              target: 'identifying',
              description: 'The caller will give another number.',
              meta: { phrases: ['@yes', '@again', 'another number', 'a different number'] },
            },
            'caller.givesUp': {
              target: '#appointmentBooking.anythingElse',
              description: 'The caller has no other number.',
              meta: { phrases: ['@no', 'never mind', 'forget it', 'not now'] },
            },
          },
        },
        lookupFailed: {
          description: 'The diary cannot be reached: a fault of ours, not of the caller.',
          meta: {
            say: "I'm sorry, I can't open the diary right now. Shall I try again?",
            ask: 'Shall I try again, or would you rather talk to the reception?',
          },
          on: {
            'caller.triesAgain': [
              {
                guard: { type: 'factIs', params: { fact: 'wish', value: 'cancel' } },
                target: '#appointmentBooking.cancelling.lookingUp',
                description: 'The diary is to be opened once more, to cancel the appointment.',
                meta: { phrases: ['@yes', '@again'] },
              },
              {
                target: '#appointmentBooking.moving.lookingUp',
                description: 'The diary is to be opened once more, to move the appointment.',
              },
            ],
            'caller.givesUp': {
              target: '#appointmentBooking.anythingElse',
              description: 'The caller does not want to wait for the diary.',
              meta: { phrases: ['@no', 'never mind', 'forget it', 'not now'] },
            },
          },
        },
      },
    },
    moving: {
      description: 'An existing appointment gets another time.',
      initial: 'lookingUp',
      states: {
        lookingUp: {
          description: 'The appointment is looked up; this takes a moment.',
          meta: {
            say: 'Let me find your appointment.',
            tool: { name: 'findAppointment', input: { phoneNumber: 'phoneNumber' } },
          },
          on: {
            'tool.succeeded': [
              {
                guard: { type: 'resultIs', params: { found: true } },
                target: 'found',
                actions: 'noteFacts',
                description: 'There is such an appointment.',
              },
              {
                target: '#appointmentBooking.existing.notFound',
                description: 'There is no appointment under that number.',
              },
            ],
            'tool.failed': {
              target: '#appointmentBooking.existing.lookupFailed',
              description: 'The diary could not be reached.',
            },
          },
        },
        found: {
          description: 'The appointment was found: make sure that it is the right one.',
          meta: {
            say: 'You have {bookedReason} on {bookedDay} at {bookedTime}. Shall I look for another time?',
            ask: 'Shall I look for another time?',
          },
          on: {
            'caller.agrees': {
              target: '#appointmentBooking.scheduling.askingDay',
              description: 'It is the right appointment, and another time is wanted.',
              meta: { phrases: ['@yes', 'go ahead', 'please do'] },
            },
            'caller.declines': {
              target: '#appointmentBooking.anythingElse',
              description: 'The appointment is to stay where it is.',
              meta: { phrases: ['@no', 'leave it', 'never mind', 'forget it', 'not now'] },
            },
          },
        },
        readingBack: {
          description: 'The new time is read back before the appointment is moved.',
          meta: {
            say: 'So I move it from {bookedDay} at {bookedTime} to {day} at {time}. Is that right?',
            ask: 'Shall I move it to {day} at {time}?',
          },
          on: {
            'caller.agrees': {
              target: 'movingIt',
              description: 'The new time is right and the appointment is to be moved.',
              meta: { phrases: ['@yes', 'go ahead', 'do it', 'please do'], confirms: true },
            },
            'caller.declines': {
              target: '#appointmentBooking.scheduling.askingDay',
              description: 'The new time is not right: another day is wanted.',
              meta: {
                phrases: ['@no', 'another day', 'another time', 'the day is wrong', 'the time is wrong'],
              },
            },
            'caller.givesUp': {
              target: '#appointmentBooking.anythingElse',
              description: 'The appointment is to stay where it is.',
              meta: { phrases: ['never mind', 'forget it', 'not now', 'leave it'] },
            },
          },
        },
        movingIt: {
          description: 'The appointment is moved in the diary.',
          meta: {
            say: "One moment, I'm moving it.",
            tool: {
              name: 'moveAppointment',
              input: { phoneNumber: 'phoneNumber', day: 'day', time: 'time' },
            },
          },
          on: {
            'tool.succeeded': [
              {
                guard: { type: 'resultIs', params: { moved: true } },
                target: '#appointmentBooking.booking.booked',
                actions: {
                  type: 'forgetFacts',
                  params: { facts: ['bookedReason', 'bookedDay', 'bookedTime'] },
                },
                description: 'The appointment has its new time.',
              },
              {
                target: '#appointmentBooking.scheduling.slotTaken',
                description: 'The new time was taken meanwhile.',
              },
            ],
            'tool.failed': { target: 'movingFailed', description: 'Nobody knows whether it was moved.' },
          },
        },
        movingFailed: {
          description: 'The diary did not answer: a fault of ours, not of the caller.',
          meta: {
            say: "I'm sorry, I could not move it just now. Shall I try again?",
            ask: 'Shall I try again, or would you rather talk to the reception?',
          },
          on: {
            'caller.triesAgain': {
              target: 'movingIt',
              description: 'The appointment is to be moved once more.',
              meta: { phrases: ['@yes', '@again'], confirms: true },
            },
            'caller.givesUp': {
              target: '#appointmentBooking.anythingElse',
              description: 'The caller does not want to wait for the diary.',
              meta: { phrases: ['@no', 'never mind', 'forget it', 'not now'] },
            },
          },
        },
      },
    },
    cancelling: {
      description: 'An existing appointment is given up.',
      initial: 'lookingUp',
      states: {
        lookingUp: {
          description: 'The appointment is looked up; this takes a moment.',
          meta: {
            say: 'Let me find your appointment.',
            tool: { name: 'findAppointment', input: { phoneNumber: 'phoneNumber' } },
          },
          on: {
            'tool.succeeded': [
              {
                guard: { type: 'resultIs', params: { found: true } },
                target: 'confirming',
                actions: 'noteFacts',
                description: 'There is such an appointment.',
              },
              {
                target: '#appointmentBooking.existing.notFound',
                description: 'There is no appointment under that number.',
              },
            ],
            'tool.failed': {
              target: '#appointmentBooking.existing.lookupFailed',
              description: 'The diary could not be reached.',
            },
          },
        },
        confirming: {
          description: 'The appointment is read back before it is cancelled.',
          meta: {
            say: 'You have {bookedReason} on {bookedDay} at {bookedTime}. Shall I cancel it?',
            ask: 'Shall I cancel the appointment on {bookedDay}?',
          },
          on: {
            'caller.agrees': {
              target: 'cancellingIt',
              description: 'It is the right appointment, and it is to be cancelled.',
              meta: { phrases: ['@yes', 'go ahead', 'do it', 'please do'], confirms: true },
            },
            'caller.declines': {
              target: '#appointmentBooking.anythingElse',
              description: 'The appointment is to stay.',
              meta: { phrases: ['@no', 'leave it', 'never mind', 'forget it', 'not now'] },
            },
          },
        },
        cancellingIt: {
          description: 'The appointment is taken out of the diary.',
          meta: {
            say: "One moment, I'm cancelling it.",
            tool: { name: 'cancelAppointment', input: { phoneNumber: 'phoneNumber' } },
          },
          on: {
            'tool.succeeded': {
              target: 'cancelled',
              actions: {
                type: 'forgetFacts',
                params: { facts: ['bookedReason', 'bookedDay', 'bookedTime'] },
              },
              description: 'The appointment is out of the diary.',
            },
            'tool.failed': {
              target: 'cancellingFailed',
              description: 'Nobody knows whether it was cancelled.',
            },
          },
        },
        cancelled: {
          description: 'The appointment is gone; perhaps a new one is wanted.',
          meta: {
            say: 'It is cancelled. Would you like to book a new appointment?',
            ask: 'Would you like to book a new appointment?',
          },
          on: {
            'caller.wantsNew': {
              target: '#appointmentBooking.askingReason',
              description: 'A new appointment is to be booked.',
              meta: { phrases: ['@yes', 'a new one', 'a new appointment'] },
            },
            'caller.wantsNoNew': {
              target: '#appointmentBooking.anythingElse',
              description: 'No new appointment is wanted now.',
              meta: { phrases: ['@no', 'not now', 'maybe later'] },
            },
          },
        },
        cancellingFailed: {
          description: 'The diary did not answer: a fault of ours, not of the caller.',
          meta: {
            say: "I'm sorry, I could not cancel it just now. Shall I try again?",
            ask: 'Shall I try again, or would you rather talk to the reception?',
          },
          on: {
            'caller.triesAgain': {
              target: 'cancellingIt',
              description: 'The appointment is to be cancelled once more.',
              meta: { phrases: ['@yes', '@again'], confirms: true },
            },
            'caller.givesUp': {
              target: '#appointmentBooking.anythingElse',
              description: 'The caller does not want to wait for the diary.',
              meta: { phrases: ['@no', 'never mind', 'forget it', 'not now'] },
            },
          },
        },
      },
    },
    anythingElse: {
      description: 'Nothing is open any more: ask whether something else is.',
      meta: {
        say: 'All right. Is there anything else I can help you with?',
        ask: 'Is there anything else I can help you with?',
      },
      on: {
        'caller.hasAnotherQuestion': {
          target: 'helping',
          description: 'There is something else, and the caller has not said what.',
          meta: { phrases: ['yes', 'yeah', 'yes please', '@anotherQuestion'] },
        },
        'caller.needsNothingElse': {
          target: 'goodbye',
          description: 'The caller has everything.',
          meta: { phrases: ['no', 'nope', 'no thanks', 'no thank you', '@nothingElse'] },
        },
      },
    },
    helping: {
      description: 'Say what callers can do here.',
      meta: {
        collects: ['wish'],
        say: 'You can book, move or cancel an appointment, or say agent to talk to the reception. What would you like?',
        ask: 'What would you like: to book, move or cancel an appointment?',
      },
    },
    transferring: {
      description:
        'The caller is passed to the reception. If nobody can take the call, the conversation goes on.',
      meta: {
        say: "I'll put you through to the reception. From here on the call may be recorded.",
        ask: 'What else can I do for you?',
        uninterruptible: true,
        afterwards: 'transfer',
      },
      on: {
        'transfer.failed': { target: 'helping', description: 'Nobody took the call.' },
      },
    },
    goodbye: {
      description: 'Take leave and hang up.',
      meta: {
        say: 'Thanks for calling Maple Street Dental. Goodbye!',
        ask: 'Goodbye!',
        afterwards: 'hangUp',
      },
      on: {
        'caller.staysOnLine': {
          target: 'helping',
          description: 'The caller was taken for leaving, and is not.',
          meta: { phrases: ['@staysOnLine'] },
        },
      },
    },
  },
});
