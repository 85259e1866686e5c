import { flow } from '../flow.ts';

/** The help desk of an internet provider: finds out what is wrong, tries what helps mostly, and passes on what it cannot mend. */
export const techSupport = flow.createMachine({
  id: 'techSupport',
  description:
    'The automated help desk of Brightline, an internet provider. It helps with home internet only: no internet, slow internet, connections that drop, and wireless. It tests lines, and passes callers to a technician or notes that one calls back. It knows nothing about bills and contracts.',
  context: { facts: {} },
  meta: {
    facts: {
      symptom: {
        type: 'oneOf',
        description: 'What is wrong with the internet.',
        values: {
          noInternet: ['no internet', 'no connection', 'internet is down', 'internet is not working'],
          slow: ['slow internet', 'internet is slow', 'slow connection', 'too slow'],
          drops: ['a connection that drops', 'it keeps dropping', 'connection keeps dropping', 'it drops'],
          noWifi: ['no wireless', 'wireless is not working', 'no wireless signal', 'weak wireless'],
        },
      },
      box: {
        type: 'oneOf',
        description: 'Which of the two boxes the customer has.',
        values: {
          tower: ['the white tower', 'white tower', 'the white one', 'a white box', 'the tower'],
          flat: ['the flat black box', 'flat black box', 'the black one', 'a black box', 'the flat one'],
        },
      },
      light: {
        type: 'oneOf',
        description: 'How the light on the front of the box shines.',
        values: {
          green: ['green', 'solid green', 'steady green'],
          red: ['red', 'orange', 'solid red'],
          blinking: ['blinking', 'flashing', 'it blinks', 'on and off'],
          off: ['no light', 'dark', 'it is dark', 'there is no light', 'no lights'],
        },
      },
      problem: { type: 'text', description: "What is wrong, in the caller's own words." },
      advice: {
        type: 'text',
        description: 'What the handbook says is to be tried, a sentence.',
        from: 'findAdvice',
      },
      repairedBy: {
        type: 'text',
        description: 'When the fault is repaired, as "six this evening".',
        from: 'testLine',
      },
      callBackTime: {
        type: 'oneOf',
        description: 'When a technician calls back tomorrow.',
        values: { morning: ['in the morning', 'morning'], afternoon: ['in the afternoon', 'afternoon'] },
      },
    },
  },
  initial: 'greeting',
  on: {
    'caller.namesSymptom': {
      target: '.inspecting.askingBox',
      actions: 'noteFacts',
      description: 'The caller says what is wrong with the internet. symptom is which.',
      meta: {
        phrases: [
          '{symptom}',
          'i have {symptom}',
          'i have got {symptom}',
          'my {symptom}',
          'the {symptom}',
          'there is {symptom}',
          "it's {symptom}",
        ],
      },
    },
    'caller.hasOtherProblem': {
      target: '.describing',
      description: 'The caller has a problem with the internet that is none of the usual ones.',
      meta: { phrases: ['another problem', 'something different', 'none of those', 'a different problem'] },
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
      description: 'The caller wants to talk to a technician or another person.',
      meta: { phrases: ['@person', 'technician', 'a technician'] },
    },
    'caller.saysGoodbye': {
      target: '.goodbye',
      description: 'The caller takes leave or wants to end the call.',
      meta: { phrases: ['@goodbye'] },
    },
  },
  states: {
    greeting: {
      description: 'The call begins: say who answers and ask what is wrong.',
      meta: {
        collects: ['symptom'],
        say: 'Hello, this is the Brightline help desk. What is wrong: no internet, slow internet, a connection that drops, or no wireless?',
        ask: 'Do you have no internet, slow internet, a connection that drops, or no wireless?',
      },
    },
    describing: {
      description: 'None of the usual problems: the caller says in their own words what is wrong.',
      meta: {
        collects: ['problem', 'symptom'],
        say: 'Please tell me in your own words what is wrong.',
        ask: 'What is wrong with your internet?',
        listen: 'patient',
        improvise: true,
        model: 'deep',
        tools: ['findAdvice'],
      },
      on: {
        'caller.describesProblem': {
          target: 'escalating',
          actions: 'noteFacts',
          description:
            'The caller describes a problem that is none of the usual ones. problem is what is wrong, in a few words.',
          meta: {
            phrases: [
              'my problem is {problem}',
              'the problem is {problem}',
              'it says {problem}',
              '{problem}',
            ],
          },
        },
      },
    },
    inspecting: {
      description: 'Finding out how the box at home looks.',
      initial: 'askingBox',
      on: {
        'caller.describesLight': [
          {
            guard: { type: 'factIs', params: { fact: 'light', value: 'off' } },
            target: '#techSupport.mending.checkingPower',
            actions: 'noteFacts',
            description:
              'The caller says how the light on the box is: light is green, red, blinking, or off when it is dark. Dark means that the box has no power.',
            meta: {
              phrases: [
                '{light}',
                "it's {light}",
                'it is {light}',
                'the light is {light}',
                'it shows {light}',
                'all {light}',
              ],
            },
          },
          {
            guard: { type: 'factIs', params: { fact: 'light', value: ['red', 'blinking'] } },
            target: '#techSupport.mending.restarting',
            actions: 'noteFacts',
            description: 'The box has lost its connection: a restart helps mostly.',
          },
          {
            target: '#techSupport.testing.identifying',
            actions: 'noteFacts',
            description: 'The box is well: the line is to be tested.',
          },
        ],
        'caller.cannotLook': {
          target: '#techSupport.testing.identifying',
          description: 'The caller cannot get to the box now.',
          meta: {
            phrases: [
              "i can't see it",
              "i can't get there",
              "i'm not at home",
              'i am at work',
              'not at home right now',
            ],
          },
        },
      },
      states: {
        askingBox: {
          description: 'There are two boxes, and their lights are in different places.',
          meta: {
            collects: ['box'],
            say: "Let's look at your box first. Is it the white tower or the flat black box?",
            ask: 'Do you have the white tower or the flat black box?',
            listen: 'patient',
          },
          on: {
            'caller.namesBox': [
              {
                guard: { type: 'factIs', params: { fact: 'box', value: 'tower' } },
                target: 'askingTowerLight',
                actions: 'noteFacts',
                description:
                  'The caller says which box it is: box is tower or flat. The tower has its light on top.',
                meta: {
                  phrases: ['{box}', "it's {box}", 'i have {box}', 'i think {box}', 'it looks like {box}'],
                },
              },
              {
                target: 'askingFlatLight',
                actions: 'noteFacts',
                description: 'The flat box has its light on the front.',
              },
            ],
            'caller.doesNotKnow': {
              target: 'askingFlatLight',
              description: 'The caller cannot tell which box it is.',
              meta: {
                phrases: [
                  "i don't know",
                  "i can't tell",
                  'not sure',
                  "i'm not sure",
                  'neither',
                  'none of them',
                ],
              },
            },
            'caller.needsTime': {
              target: 'goingToBox',
              description: 'The caller has to go to the box first.',
              meta: { phrases: ['@needsTime', "i'm on my way", 'let me go there', 'i have to go and see'] },
            },
          },
        },
        goingToBox: {
          description: 'The caller goes to where the box is. There is no hurry.',
          meta: {
            say: 'Take your time. Say ready when you are there.',
            ask: 'Are you there?',
            listen: 'patient',
          },
          on: {
            'caller.isReady': {
              target: 'askingBox',
              description: 'The caller stands before the box.',
              meta: { phrases: ['ready', "i'm ready", "i'm there", 'yes', 'yes i am', 'back again'] },
            },
          },
        },
        askingTowerLight: {
          description: 'The light on top of the tower tells how it is.',
          meta: {
            collects: ['light'],
            say: 'There is a light on the top. Is it green, red, blinking or dark?',
            ask: 'Is the light on the top green, red, blinking or dark?',
            listen: 'patient',
          },
        },
        askingFlatLight: {
          description: 'The light on the front of the box tells how it is.',
          meta: {
            collects: ['light'],
            say: 'There is a light on the front. Is it green, red, blinking or dark?',
            ask: 'Is the light on the front green, red, blinking or dark?',
            listen: 'patient',
          },
        },
      },
    },
    mending: {
      description: 'What the caller can do at the box, with all the time it takes.',
      initial: 'restarting',
      on: {
        'caller.hasDoneIt': {
          target: '#techSupport.mending.askingWhetherItWorks',
          description: 'The caller has done what was asked.',
          meta: { phrases: ['ready', "i'm ready", 'done', "it's done", 'i did that', 'it is green now'] },
        },
        'caller.cannotDoIt': {
          target: '#techSupport.testing.identifying',
          description: 'The caller cannot do what was asked, or not now.',
          meta: {
            phrases: ["i can't", "i can't do that", "i'm not at home", 'i am at work', "i can't reach it"],
          },
        },
        'caller.needsTime': {
          target: '#techSupport.mending.waiting',
          description: 'The caller is still busy with it.',
          meta: { phrases: ['@needsTime', 'not yet', 'still waiting', 'still blinking'] },
        },
      },
      states: {
        checkingPower: {
          description: 'A dark box has no power.',
          meta: {
            say: 'The box has no power. Please check its plug, and the switch on the back. Say ready when you have.',
            ask: 'Have you checked the plug and the switch? Say ready when you have.',
            listen: 'patient',
          },
        },
        restarting: {
          description: 'The box is switched off and on again.',
          meta: {
            say: 'A restart may help. Please pull the power plug, wait ten seconds and plug it in again. Say ready when the light is steady. It takes about two minutes.',
            ask: 'Is the light steady again? Say ready when it is.',
            listen: 'patient',
          },
        },
        waiting: {
          description: 'The caller is waited for.',
          meta: {
            say: "There is no hurry. I'll wait. Say ready when it is done.",
            ask: 'Are you ready?',
            listen: 'patient',
          },
        },
        askingWhetherItWorks: {
          description: 'Has it helped?',
          meta: {
            say: 'Good. Is your internet working now?',
            ask: 'Is your internet working now?',
            listen: 'patient',
          },
          on: {
            'caller.saysItWorks': {
              target: '#techSupport.solved',
              description: 'The internet works again.',
              meta: { phrases: ['@yes', 'it works', "it's working", 'it works now', "it's working again"] },
            },
            'caller.saysItFails': {
              target: '#techSupport.testing.identifying',
              description: 'It has not helped.',
              meta: {
                phrases: ['@no', "it doesn't work", 'still not working', 'still the same'],
              },
            },
          },
        },
      },
    },
    testing: {
      description: 'The line is tested from our end.',
      initial: 'identifying',
      states: {
        identifying: {
          description: 'Whose line is it?',
          meta: { subflow: 'identify-caller' },
          onDone: { target: 'testingLine', description: 'It is known whose line is to be tested.' },
        },
        testingLine: {
          description: 'The line is being tested; this takes a moment.',
          meta: {
            say: "Thank you. I'm testing your line now.",
            tool: { name: 'testLine', input: { phoneNumber: 'phoneNumber' } },
          },
          on: {
            'tool.succeeded': [
              {
                guard: { type: 'resultIs', params: { condition: 'outage' } },
                target: 'tellingOutage',
                actions: 'noteFacts',
                description: 'There is a fault outside, and it is known when it is repaired.',
              },
              {
                guard: { type: 'resultIs', params: { condition: 'good' } },
                target: 'findingAdvice',
                description: 'The line is good: the fault is at home.',
              },
              {
                target: '#techSupport.escalating',
                description: 'The line is weak, or nothing is known about it.',
              },
            ],
            'tool.failed': {
              target: '#techSupport.escalating',
              description: 'The line could not be tested.',
            },
          },
        },
        tellingOutage: {
          description: 'Nothing can be done at home.',
          meta: {
            say: 'There is a fault in your area, and we are working on it. It should be repaired by {repairedBy}. Is there anything else?',
            ask: 'Is there anything else I can help you with?',
          },
          on: {
            'caller.hasAnotherQuestion': {
              target: '#techSupport.helping',
              description: 'There is something else, and the caller has not said what.',
              meta: { phrases: ['yes', 'yeah', 'yes please', '@anotherQuestion'] },
            },
            'caller.needsNothingElse': {
              target: '#techSupport.goodbye',
              description: 'The caller has everything.',
              meta: { phrases: ['no', 'nope', 'no thanks', 'no thank you', '@nothingElse'] },
            },
          },
        },
        findingAdvice: {
          description: 'The handbook is searched for what to try at home.',
          meta: {
            say: 'Your line is good. Let me look in our handbook.',
            tool: { name: 'findAdvice', input: { symptom: 'symptom' } },
          },
          on: {
            'tool.succeeded': {
              target: 'advising',
              actions: 'noteFacts',
              description: 'The handbook knows what to try.',
            },
            'tool.failed': {
              target: '#techSupport.escalating',
              description: 'The handbook could not be reached.',
            },
          },
        },
        advising: {
          description:
            'What the handbook says is tried. A language model may explain it, answer questions about it, and look up more.',
          meta: {
            say: '{advice} Does that help?',
            ask: 'Did that help?',
            listen: 'patient',
            improvise: true,
            model: 'deep',
            tools: ['findAdvice'],
          },
          on: {
            'caller.saysItWorks': {
              target: '#techSupport.solved',
              description: 'It has helped.',
              meta: { phrases: ['@yes', 'it works', 'it helped', 'that helps', "it's working again"] },
            },
            'caller.saysItFails': {
              target: '#techSupport.escalating',
              description: 'It has not helped, and nothing else is to be tried.',
              meta: {
                phrases: ['@no', "it doesn't work", "it didn't help", 'still not working', 'still the same'],
              },
            },
          },
        },
      },
    },
    escalating: {
      description: 'This line cannot mend it.',
      meta: {
        say: 'A technician should look at this. Shall I put you through?',
        ask: 'Shall I put you through to a technician?',
      },
      on: {
        'caller.acceptsTechnician': {
          target: 'transferring',
          description: 'The caller wants to be put through now.',
          meta: { phrases: ['@yes', 'put me through', 'please do'] },
        },
        'caller.declinesTechnician': {
          target: 'callBack.offering',
          description: 'The caller does not want to talk to a technician now.',
          meta: { phrases: ['@no', 'not now', 'later', 'maybe later'] },
        },
      },
    },
    callBack: {
      description: 'A technician is to call back, because nobody is free or the caller has no time now.',
      initial: 'offering',
      states: {
        offering: {
          description: 'A call back is offered.',
          meta: {
            say: 'A technician can call you back tomorrow. Would you like that?',
            ask: 'Would you like to be called back tomorrow?',
          },
          on: {
            'caller.wantsCallBack': [
              {
                guard: { type: 'knowsFacts', params: { facts: ['phoneNumber'] } },
                target: 'askingTime',
                description: 'The caller wants to be called back. The number is known already.',
                meta: { phrases: ['@yes', 'call me back', 'please do'] },
              },
              {
                target: 'identifying',
                description: 'The caller wants to be called back, and it is not known at which number.',
              },
            ],
            'caller.wantsNoCallBack': {
              target: '#techSupport.anythingElse',
              description: 'The caller does not want to be called back.',
              meta: { phrases: ['@no', 'never mind', 'forget it', "i'll call again"] },
            },
          },
        },
        identifying: {
          description: 'Who is to be called back, and at which number?',
          meta: { subflow: 'identify-caller' },
          onDone: { target: 'askingTime', description: 'The number is known.' },
        },
        askingTime: {
          description: 'When the technician is to call.',
          meta: {
            collects: ['callBackTime'],
            say: 'When should we call, in the morning or in the afternoon?',
            ask: 'Should we call in the morning or in the afternoon?',
          },
          on: {
            'caller.givesTime': {
              target: 'readingBack',
              actions: 'noteFacts',
              description: 'The caller says when to be called: callBackTime is morning or afternoon.',
              meta: {
                phrases: [
                  '{callBackTime}',
                  'tomorrow {callBackTime}',
                  '{callBackTime} is better',
                  'the {callBackTime}',
                  '{callBackTime} would be good',
                ],
              },
            },
          },
        },
        readingBack: {
          description: 'The call back is read back before it is noted.',
          meta: {
            say: 'So a technician calls you tomorrow {callBackTime}. Is that right?',
            ask: 'Shall I note a call for tomorrow {callBackTime}?',
          },
          on: {
            'caller.agrees': {
              target: 'notingIt',
              description: 'The call back is right and is to be noted.',
              meta: { phrases: ['@yes', 'go ahead', 'please do'], confirms: true },
            },
            'caller.declines': {
              target: 'askingTime',
              description: 'Another time is wanted.',
              meta: { phrases: ['@no', 'another time', 'the other one'] },
            },
            'caller.givesUp': {
              target: '#techSupport.anythingElse',
              description: 'The caller does not want to be called back after all.',
              meta: { phrases: ['never mind', 'forget it', "i don't want that"] },
            },
          },
        },
        notingIt: {
          description: 'The call back is noted for the technicians.',
          meta: {
            say: "I'm noting that down.",
            tool: {
              name: 'noteCallBack',
              input: {
                phoneNumber: 'phoneNumber',
                callerName: 'callerName',
                callBackTime: 'callBackTime',
              },
            },
          },
          on: {
            'tool.succeeded': { target: 'noted', description: 'The technicians know.' },
            'tool.failed': { target: 'notingFailed', description: 'Nobody knows whether it was noted.' },
          },
        },
        noted: {
          description: 'The call back is settled.',
          meta: {
            say: 'A technician will call you tomorrow {callBackTime}. Is there anything else?',
            ask: 'Is there anything else I can help you with?',
          },
          on: {
            'caller.hasAnotherQuestion': {
              target: '#techSupport.helping',
              description: 'There is something else, and the caller has not said what.',
              meta: { phrases: ['yes', 'yeah', 'yes please', '@anotherQuestion'] },
            },
            'caller.needsNothingElse': {
              target: '#techSupport.goodbye',
              description: 'The caller has everything.',
              meta: { phrases: ['no', 'nope', 'no thanks', 'no thank you', '@nothingElse'] },
            },
          },
        },
        notingFailed: {
          description: 'The technicians cannot be told: a fault of ours, not of the caller.',
          meta: {
            say: "I'm sorry, I could not note that. Shall I try again?",
            ask: 'Shall I try again?',
          },
          on: {
            'caller.triesAgain': {
              target: 'notingIt',
              description: 'The same call back is to be noted once more.',
              meta: { phrases: ['@yes', '@again'], confirms: true },
            },
            'caller.givesUp': {
              target: '#techSupport.anythingElse',
              description: 'The caller does not want to wait for it.',
              meta: { phrases: ['@no', 'never mind', 'forget it', 'not now'] },
            },
          },
        },
      },
    },
    solved: {
      description: 'The internet works again.',
      meta: {
        say: "I'm glad to hear that. Is there anything else?",
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
        collects: ['symptom'],
        say: 'I can help when you have no internet, slow internet, a connection that drops, or no wireless. Or say agent to talk to a technician. What is wrong?',
        ask: 'What is wrong with your internet?',
      },
    },
    transferring: {
      description:
        'The caller is passed to a technician. If nobody can take the call, a call back is offered.',
      meta: {
        say: "I'll put you through to a technician. From here on the call may be recorded.",
        ask: 'What else can I do for you?',
        uninterruptible: true,
        afterwards: 'transfer',
      },
      on: {
        'transfer.failed': { target: 'callBack.offering', description: 'No technician is free.' },
      },
    },
    goodbye: {
      description: 'Take leave and hang up.',
      meta: {
        say: 'Thanks for calling Brightline. Goodbye!',
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
