import { flow } from '../flow.ts';

/**
 * A call that goes out to somebody whose bill is overdue, in English and Spanish. Until it is sure who has answered, it says
 * nothing about a debt.
 */
export const paymentReminder = flow.createMachine({
  id: 'paymentReminder',
  description:
    'An automated call of Northgate to a customer whose bill is overdue. Before the customer is verified it says nothing about a bill or a debt, whoever asks. Then it says what is owed, notes on which day the customer will pay, and passes disputes and hardship to a person. It takes no payments and grants no discounts. It notes the wish not to be called again.',
  context: { facts: {} },
  meta: {
    languages: ['en', 'es'],
    facts: {
      postcode: {
        type: 'digits',
        length: 5,
        personal: true,
        description: "The five digits of the customer's zip code.",
      },
      birthYear: {
        type: 'digits',
        length: 4,
        personal: true,
        description: "The customer's year of birth, four digits.",
      },
      accountNumber: {
        type: 'text',
        personal: true,
        description: 'The account of the customer who was verified.',
        from: 'verifyPerson',
      },
      amount: {
        type: 'text',
        personal: true,
        description: 'What is owed, as "$128.40".',
        from: 'lookUpBalance',
      },
      dueDate: {
        type: 'text',
        personal: true,
        description: 'Since when it is due, as "2026-11-05".',
        from: 'lookUpBalance',
      },
      payDay: {
        type: 'oneOf',
        description: 'The day on which the customer will pay.',
        values: {
          today: { en: ['today', 'this afternoon', 'right away'], es: ['hoy', 'hoy mismo', 'ahora mismo'] },
          tomorrow: { en: ['tomorrow', 'tomorrow morning'], es: ['mañana', 'mañana por la mañana'] },
          monday: { en: ['on monday', 'monday'], es: ['el lunes', 'lunes'] },
          tuesday: { en: ['on tuesday', 'tuesday'], es: ['el martes', 'martes'] },
          wednesday: { en: ['on wednesday', 'wednesday'], es: ['el miércoles', 'miércoles'] },
          thursday: { en: ['on thursday', 'thursday'], es: ['el jueves', 'jueves'] },
          friday: { en: ['on friday', 'friday'], es: ['el viernes', 'viernes'] },
        },
      },
    },
  },
  initial: 'finding',
  on: {
    'caller.wantsNoCalls': {
      target: '.stopping.confirming',
      description: 'Whoever has answered does not want to be called any more.',
      meta: {
        phrases: {
          en: [
            "don't call me again",
            "don't call me any more",
            "don't call this number again",
            'stop calling me',
            'stop calling',
            'take me off your list',
            'remove my number',
          ],
          es: [
            'no me llamen más',
            'no me llame más',
            'no vuelvan a llamarme',
            'no vuelvan a llamar',
            'dejen de llamarme',
            'borren mi número',
            'quiten mi número',
          ],
        },
      },
    },
    'caller.isWrongPerson': {
      target: '.takingLeaveOfStranger',
      description: 'Somebody else than the customer has answered, or the customer is not there.',
      meta: {
        phrases: {
          en: [
            'wrong number',
            'you have the wrong number',
            'wrong person',
            "i'm not the customer",
            "that's not me",
            "she's not here",
            "he's not here",
          ],
          es: [
            'se ha equivocado',
            'número equivocado',
            'se equivoca de número',
            'no soy yo',
            'no soy el cliente',
            'no está en casa',
            'ella no está',
          ],
        },
      },
    },
    'caller.asksForHelp': {
      target: '.helping',
      description: 'The caller does not know what to say or what this call can do.',
      meta: { phrases: { en: ['@help'], es: ['@help'] } },
    },
    'caller.wantsRepeat': {
      actions: 'sayAgain',
      description: 'The caller wants to hear the last thing again. The conversation stays where it is.',
      meta: { phrases: { en: ['@repeat'], es: ['@repeat'] } },
    },
    'caller.wantsPerson': {
      target: '.transferring',
      description: 'The caller wants to talk to a person.',
      meta: { phrases: { en: ['@person'], es: ['@person'] } },
    },
    'caller.saysGoodbye': {
      target: '.goodbye',
      description: 'The caller takes leave or wants to end the call.',
      meta: { phrases: { en: ['@goodbye'], es: ['@goodbye'] } },
    },
  },
  states: {
    finding: {
      description: 'Finding out whether the customer has answered. Nothing about a debt is said here.',
      initial: 'greeting',
      on: {
        'caller.isCustomer': {
          target: '#paymentReminder.verifying.askingPostcode',
          description: 'The customer is on the line, or says so.',
          meta: {
            phrases: {
              en: ['@yes', 'speaking', 'this is me', "that's me", 'i am', 'yes i am'],
              es: ['@yes', 'soy yo', 'sí soy yo', 'yo mismo', 'al habla', 'con él habla', 'con ella habla'],
            },
          },
        },
        'caller.isNotCustomer': {
          target: '#paymentReminder.takingLeaveOfStranger',
          description: 'The caller is not the customer.',
          meta: { phrases: { en: ['@no', "i'm not", "no i'm not"], es: ['@no'] } },
        },
        'caller.asksWhoCalls': {
          target: '#paymentReminder.finding.explaining',
          description: 'The caller asks who is calling, or what for.',
          meta: {
            phrases: {
              en: [
                'who is this',
                'who are you',
                "who's calling",
                "what's this about",
                'what is this about',
                'why are you calling',
                'what do you want',
              ],
              es: [
                'quién es',
                'quién es usted',
                'quién llama',
                'de parte de quién',
                'de qué se trata',
                'por qué llama',
                'qué quiere',
              ],
            },
          },
        },
        'caller.needsTime': {
          target: '#paymentReminder.finding.waiting',
          description: 'The customer is being called to the telephone.',
          meta: {
            phrases: {
              en: ['@needsTime', "i'll get him", "i'll get her"],
              es: ['@needsTime', 'ahora se pone', 'voy a llamarle'],
            },
          },
        },
      },
      states: {
        greeting: {
          description: 'Somebody has answered: say who calls, and no more.',
          meta: {
            say: {
              en: 'Hello, this is the automated assistant of Northgate, with a personal message. Am I speaking with the customer?',
              es: 'Hola, soy el asistente automático de Northgate y tengo un mensaje personal. ¿Hablo con el titular del contrato?',
            },
            ask: {
              en: 'Am I speaking with the Northgate customer?',
              es: '¿Hablo con el titular del contrato de Northgate?',
            },
          },
        },
        explaining: {
          description: 'Somebody asks what it is about: that is for the customer alone.',
          meta: {
            say: {
              en: "I'm calling for Northgate. The message is personal, so I can only tell the customer. Is that you?",
              es: 'Llamo de parte de Northgate. El mensaje es personal y solo puedo darlo al titular. ¿Es usted?',
            },
            ask: { en: 'Are you the customer?', es: '¿Es usted el titular?' },
          },
        },
        waiting: {
          description: 'The customer is on the way to the telephone.',
          meta: {
            say: {
              en: "Thank you, I'll wait. Am I speaking with the customer now?",
              es: 'Gracias, espero. ¿Hablo ya con el titular?',
            },
            ask: { en: 'Am I speaking with the customer now?', es: '¿Hablo ya con el titular?' },
            listen: 'patient',
          },
        },
      },
    },
    verifying: {
      description: 'Making sure that it is the customer. Nothing about a debt is said here.',
      initial: 'askingPostcode',
      states: {
        askingPostcode: {
          description: 'The zip code is the first thing that others hardly know.',
          meta: {
            collects: ['postcode'],
            say: {
              en: 'To protect your privacy, please say or key in your five-digit zip code.',
              es: 'Para proteger su privacidad, diga o marque su código postal de cinco cifras.',
            },
            ask: {
              en: 'What are the five digits of your zip code?',
              es: '¿Cuáles son las cinco cifras de su código postal?',
            },
            listen: 'digits',
          },
          on: {
            'caller.givesPostcode': {
              target: 'askingBirthYear',
              actions: 'noteFacts',
              description: 'The caller says the zip code. postcode is its five digits.',
              meta: {
                phrases: {
                  en: ['{postcode}', "it's {postcode}", 'it is {postcode}', 'my zip code is {postcode}'],
                  es: ['{postcode}', 'es el {postcode}', 'mi código postal es {postcode}', 'es {postcode}'],
                },
              },
            },
            'caller.keysPostcode': {
              target: 'askingBirthYear',
              actions: 'noteFacts',
              description: 'The caller typed the zip code on the keypad.',
              meta: { phrases: { en: ['{postcode}'], es: ['{postcode}'] }, by: 'keypad' },
            },
            'caller.refuses': {
              target: 'explaining',
              description: 'The caller does not want to say it, or asks why.',
              meta: {
                phrases: {
                  en: [
                    'why do you need that',
                    'what do you need it for',
                    "i won't tell you",
                    "i don't want to say",
                    "i'd rather not say",
                    'no',
                  ],
                  es: [
                    'para qué lo quiere',
                    'para qué lo necesita',
                    'no se lo voy a decir',
                    'no quiero decirlo',
                    'prefiero no decirlo',
                    'no',
                  ],
                },
              },
            },
          },
        },
        askingBirthYear: {
          description: 'The year of birth is the second thing that others hardly know.',
          meta: {
            collects: ['birthYear'],
            say: {
              en: 'Thank you. And in which year were you born, in four digits?',
              es: 'Gracias. ¿Y en qué año nació, con cuatro cifras?',
            },
            ask: { en: 'In which year were you born?', es: '¿En qué año nació?' },
            listen: 'digits',
          },
          on: {
            'caller.givesBirthYear': {
              target: 'checking',
              actions: 'noteFacts',
              description: 'The caller says the year of birth. birthYear is its four digits.',
              meta: {
                phrases: {
                  en: ['{birthYear}', 'in {birthYear}', 'i was born in {birthYear}', "it's {birthYear}"],
                  es: ['{birthYear}', 'en {birthYear}', 'nací en {birthYear}', 'en el {birthYear}'],
                },
              },
            },
            'caller.keysBirthYear': {
              target: 'checking',
              actions: 'noteFacts',
              description: 'The caller typed the year of birth on the keypad.',
              meta: { phrases: { en: ['{birthYear}'], es: ['{birthYear}'] }, by: 'keypad' },
            },
            'caller.refuses': {
              target: 'explaining',
              description: 'The caller does not want to say it, or asks why.',
              meta: {
                phrases: {
                  en: [
                    'why do you need that',
                    'what do you need it for',
                    "i won't tell you",
                    "i don't want to say",
                    "i'd rather not say",
                    'no',
                  ],
                  es: [
                    'para qué lo quiere',
                    'para qué lo necesita',
                    'no se lo voy a decir',
                    'no quiero decirlo',
                    'prefiero no decirlo',
                    'no',
                  ],
                },
              },
            },
          },
        },
        explaining: {
          description: 'The caller hesitates to say who they are.',
          meta: {
            say: {
              en: 'The message is private, so I must be sure who you are. Shall we go on?',
              es: 'El mensaje es privado y debo estar seguro de quién es usted. ¿Seguimos?',
            },
            ask: { en: 'Shall we go on?', es: '¿Seguimos?' },
          },
          on: {
            'caller.goesOn': {
              target: 'askingPostcode',
              description: 'The caller is willing to be verified.',
              meta: {
                phrases: {
                  en: ['@yes', 'go on', 'go ahead'],
                  es: ['@yes', 'seguimos', 'sigamos', 'adelante'],
                },
              },
            },
            'caller.declines': {
              target: '#paymentReminder.takingLeaveOfStranger',
              description: 'The caller does not want to be verified.',
              meta: { phrases: { en: ['@no', 'not now'], es: ['@no', 'ahora no', 'mejor no'] } },
            },
          },
        },
        checking: {
          description: 'What the caller said is compared with what is known of the customer.',
          meta: {
            say: { en: 'One moment, please.', es: 'Un momento, por favor.' },
            tool: { name: 'verifyPerson', input: { postcode: 'postcode', birthYear: 'birthYear' } },
          },
          on: {
            'tool.succeeded': [
              {
                guard: { type: 'resultIs', params: { verified: true } },
                target: '#paymentReminder.disclosing',
                actions: 'noteFacts',
                description: 'It is the customer.',
              },
              {
                guard: { type: 'resultIs', params: { mayTryAgain: true } },
                target: 'mismatched',
                description: 'It does not match, which may be misheard: there is another try.',
              },
              {
                target: '#paymentReminder.takingLeaveOfStranger',
                description: 'It does not match, again.',
              },
            ],
            'tool.failed': {
              target: 'checkFailed',
              description: 'What is known of the customer could not be reached.',
            },
          },
        },
        mismatched: {
          description: 'It does not match, and it may have been misheard.',
          meta: {
            say: {
              en: "I'm sorry, that does not match. Shall we try once more?",
              es: 'Lo siento, los datos no coinciden. ¿Lo intentamos otra vez?',
            },
            ask: { en: 'Shall we try once more?', es: '¿Lo intentamos otra vez?' },
          },
          on: {
            'caller.triesAgain': {
              target: 'askingPostcode',
              description: 'The caller says it all again.',
              meta: { phrases: { en: ['@yes', '@again'], es: ['@yes', '@again'] } },
            },
            'caller.declines': {
              target: '#paymentReminder.takingLeaveOfStranger',
              description: 'The caller does not want to try again.',
              meta: { phrases: { en: ['@no', 'not now'], es: ['@no', 'ahora no', 'mejor no'] } },
            },
          },
        },
        checkFailed: {
          description: 'What is known of the customer cannot be reached: a fault of ours.',
          meta: {
            say: {
              en: "I'm sorry, I can't check that right now. Shall I try again?",
              es: 'Lo siento, ahora mismo no puedo comprobarlo. ¿Lo intento otra vez?',
            },
            ask: { en: 'Shall I try again?', es: '¿Lo intento otra vez?' },
          },
          on: {
            'caller.triesAgain': {
              target: 'checking',
              description: 'The same is to be compared once more.',
              meta: { phrases: { en: ['@yes', '@again'], es: ['@yes', '@again'] } },
            },
            'caller.declines': {
              target: '#paymentReminder.takingLeaveOfStranger',
              description: 'The caller does not want to wait.',
              meta: { phrases: { en: ['@no', 'not now'], es: ['@no', 'ahora no', 'mejor no'] } },
            },
          },
        },
      },
    },
    disclosing: {
      description: 'Say what the law wants said, to its end, before anything else about the debt.',
      meta: {
        say: {
          en: 'Thank you. This is Northgate, and this is an attempt to collect a debt. What you tell me will be used for that. This call may be recorded. May I go on?',
          es: 'Gracias. Le llama Northgate para cobrar una deuda. Lo que me diga se usará para ello. Esta llamada puede ser grabada. ¿Puedo continuar?',
        },
        ask: { en: 'May I go on?', es: '¿Puedo continuar?' },
        uninterruptible: true,
      },
      on: {
        'caller.goesOn': {
          target: 'settling.lookingUp',
          description: 'The customer is willing to go on.',
          meta: {
            phrases: {
              en: ['@yes', 'go on', 'go ahead', 'you may'],
              es: ['@yes', 'continúe', 'siga', 'adelante', 'puede continuar'],
            },
          },
        },
        'caller.declines': {
          target: 'offeringPerson',
          description: 'The customer does not want to go on with a machine.',
          meta: { phrases: { en: ['@no', 'not now'], es: ['@no', 'ahora no', 'mejor no'] } },
        },
      },
    },
    settling: {
      description: 'The customer is told what is owed, and says when it will be paid.',
      initial: 'lookingUp',
      on: {
        'caller.disputes': {
          target: '#paymentReminder.disputing',
          description: 'The customer says that nothing or less is owed, or that it has been paid.',
          meta: {
            phrases: {
              en: [
                "i don't owe you anything",
                'i dispute that',
                "that's a mistake",
                'the bill is wrong',
                'i already paid',
                'i have paid that',
                'i paid last week',
              ],
              es: [
                'no debo nada',
                'no les debo nada',
                'eso es un error',
                'la factura está mal',
                'ya lo he pagado',
                'ya he pagado',
                'ya pagué',
              ],
            },
          },
        },
        'caller.cannotPay': {
          target: '#paymentReminder.offeringPerson',
          description: 'The customer has not got the money, or cannot say when.',
          meta: {
            phrases: {
              en: [
                "i can't pay",
                "i can't pay that",
                "i don't have the money",
                "i can't afford it",
                'i lost my job',
                "i don't know when",
              ],
              es: [
                'no puedo pagar',
                'no puedo pagarlo',
                'no tengo dinero',
                'no tengo el dinero',
                'he perdido el trabajo',
                'no sé cuándo',
              ],
            },
          },
        },
      },
      states: {
        lookingUp: {
          description: 'What is owed is looked up; this takes a moment.',
          meta: {
            say: { en: 'Let me open your account.', es: 'Voy a abrir su cuenta.' },
            tool: { name: 'lookUpBalance', input: { accountNumber: 'accountNumber' } },
          },
          on: {
            'tool.succeeded': [
              {
                guard: { type: 'resultIs', params: { owes: true } },
                target: 'askingPayDay',
                actions: 'noteFacts',
                description: 'Something is owed.',
              },
              { target: 'owingNothing', description: 'It has been paid meanwhile.' },
            ],
            'tool.failed': { target: 'lookupFailed', description: 'The accounts could not be reached.' },
          },
        },
        owingNothing: {
          description: 'Nothing is owed any more.',
          meta: {
            say: {
              en: 'Good news: your account is settled. Nothing is left to pay. Is there anything else?',
              es: 'Buenas noticias: su cuenta está al día y no debe nada. ¿Desea algo más?',
            },
            ask: { en: 'Is there anything else?', es: '¿Desea algo más?' },
          },
          on: {
            'caller.hasAnotherQuestion': {
              target: '#paymentReminder.offeringPerson',
              description: 'There is something else, which a person has to answer.',
              meta: {
                phrases: {
                  en: ['yes', 'yeah', 'yes please', '@anotherQuestion'],
                  es: ['sí', 'sí por favor', '@anotherQuestion'],
                },
              },
            },
            'caller.needsNothingElse': {
              target: '#paymentReminder.goodbye',
              description: 'The customer has nothing else.',
              meta: {
                phrases: {
                  en: ['no', 'nope', 'no thanks', 'no thank you', '@nothingElse'],
                  es: ['no', 'no gracias', '@nothingElse'],
                },
              },
            },
          },
        },
        lookupFailed: {
          description: 'The accounts cannot be reached: a fault of ours, not of the customer.',
          meta: {
            say: {
              en: "I'm sorry, I can't open your account right now. Shall I try again?",
              es: 'Lo siento, ahora mismo no puedo abrir su cuenta. ¿Lo intento otra vez?',
            },
            ask: { en: 'Shall I try again?', es: '¿Lo intento otra vez?' },
          },
          on: {
            'caller.triesAgain': {
              target: 'lookingUp',
              description: 'The account is to be opened once more.',
              meta: { phrases: { en: ['@yes', '@again'], es: ['@yes', '@again'] } },
            },
            'caller.declines': {
              target: '#paymentReminder.offeringPerson',
              description: 'The customer does not want to wait.',
              meta: { phrases: { en: ['@no', 'not now'], es: ['@no', 'ahora no', 'mejor no'] } },
            },
          },
        },
        askingPayDay: {
          description: 'Say what is owed and ask when it will be paid.',
          meta: {
            collects: ['payDay'],
            say: {
              en: 'You owe {amount}, which was due on {dueDate}. On which day can you pay it?',
              es: 'Debe {amount}, que vencían el {dueDate}. ¿Qué día puede pagarlos?',
            },
            ask: {
              en: 'Can you pay today, tomorrow, or on another day this week?',
              es: '¿Puede pagar hoy, mañana u otro día de esta semana?',
            },
          },
          on: {
            'caller.promises': {
              target: 'readingBack',
              actions: 'noteFacts',
              description: 'The customer says on which day the whole will be paid. payDay is which.',
              meta: {
                phrases: {
                  en: [
                    '{payDay}',
                    'i can pay {payDay}',
                    'i will pay {payDay}',
                    "i'll pay {payDay}",
                    'i can do it {payDay}',
                    '{payDay} is fine',
                  ],
                  es: [
                    '{payDay}',
                    'puedo pagar {payDay}',
                    'pagaré {payDay}',
                    'lo pago {payDay}',
                    'voy a pagar {payDay}',
                    '{payDay} está bien',
                  ],
                },
              },
            },
            'caller.needsTime': {
              target: 'thinking',
              description: 'The customer has to look something up first.',
              meta: { phrases: { en: ['@needsTime'], es: ['@needsTime'] } },
            },
          },
        },
        thinking: {
          description: 'The customer thinks about when to pay. There is no hurry.',
          meta: {
            collects: ['payDay'],
            say: {
              en: 'Take your time. On which day can you pay?',
              es: 'No hay prisa. ¿Qué día puede pagar?',
            },
            ask: { en: 'On which day can you pay?', es: '¿Qué día puede pagar?' },
            listen: 'patient',
          },
          on: {
            'caller.promises': {
              target: 'readingBack',
              actions: 'noteFacts',
              description: 'The customer says on which day the whole will be paid. payDay is which.',
              meta: {
                phrases: {
                  en: [
                    '{payDay}',
                    'i can pay {payDay}',
                    'i will pay {payDay}',
                    "i'll pay {payDay}",
                    'i can do it {payDay}',
                    '{payDay} is fine',
                  ],
                  es: [
                    '{payDay}',
                    'puedo pagar {payDay}',
                    'pagaré {payDay}',
                    'lo pago {payDay}',
                    'voy a pagar {payDay}',
                    '{payDay} está bien',
                  ],
                },
              },
            },
          },
        },
        readingBack: {
          description: 'The promise is read back before it is noted.',
          meta: {
            say: {
              en: 'So you will pay {amount} {payDay}. Is that right?',
              es: 'Entonces pagará {amount} {payDay}. ¿Es correcto?',
            },
          },
          on: {
            'caller.agrees': {
              target: 'notingPromise',
              description: 'The amount and the day are right: the promise is to be noted.',
              meta: { phrases: { en: ['@yes'], es: ['@yes'] }, confirms: true },
            },
            'caller.declines': {
              target: 'askingPayDay',
              description: 'The amount or the day is not right.',
              meta: {
                phrases: {
                  en: ['@no', 'another day', 'not on that day'],
                  es: ['@no', 'otro día', 'ese día no'],
                },
              },
            },
          },
        },
        notingPromise: {
          description: 'The promise is noted on the account.',
          meta: {
            say: { en: "Thank you, I'm noting that.", es: 'Gracias, lo anoto.' },
            tool: {
              name: 'notePaymentPromise',
              input: { accountNumber: 'accountNumber', payDay: 'payDay' },
            },
          },
          on: {
            'tool.succeeded': { target: 'noted', description: 'The promise is on the account.' },
            'tool.failed': { target: 'notingFailed', description: 'Nobody knows whether it was noted.' },
          },
        },
        noted: {
          description: 'The promise is settled.',
          meta: {
            say: {
              en: "It's noted: you pay {amount} {payDay}. Is there anything else?",
              es: 'Queda anotado: paga {amount} {payDay}. ¿Desea algo más?',
            },
            ask: { en: 'Is there anything else?', es: '¿Desea algo más?' },
          },
          on: {
            'caller.hasAnotherQuestion': {
              target: '#paymentReminder.offeringPerson',
              description: 'There is something else, which a person has to answer.',
              meta: {
                phrases: {
                  en: ['yes', 'yeah', 'yes please', '@anotherQuestion'],
                  es: ['sí', 'sí por favor', '@anotherQuestion'],
                },
              },
            },
            'caller.needsNothingElse': {
              target: '#paymentReminder.goodbye',
              description: 'The customer has nothing else.',
              meta: {
                phrases: {
                  en: ['no', 'nope', 'no thanks', 'no thank you', '@nothingElse'],
                  es: ['no', 'no gracias', '@nothingElse'],
                },
              },
            },
          },
        },
        notingFailed: {
          description: 'The account did not answer: a fault of ours, not of the customer.',
          meta: {
            say: {
              en: "I'm sorry, I could not note that. Shall I try again?",
              es: 'Lo siento, no he podido anotarlo. ¿Lo intento otra vez?',
            },
            ask: { en: 'Shall I try again?', es: '¿Lo intento otra vez?' },
          },
          on: {
            'caller.triesAgain': {
              target: 'notingPromise',
              description: 'The same promise is to be noted once more.',
              meta: { phrases: { en: ['@yes', '@again'], es: ['@yes', '@again'] }, confirms: true },
            },
            'caller.declines': {
              target: '#paymentReminder.offeringPerson',
              description: 'The customer does not want to wait.',
              meta: { phrases: { en: ['@no', 'not now'], es: ['@no', 'ahora no', 'mejor no'] } },
            },
          },
        },
      },
    },
    disputing: {
      description: 'The customer does not agree with the bill: a person must look at it.',
      meta: {
        say: {
          en: 'I understand. A colleague can check that with you. Shall I put you through?',
          es: 'Entiendo. Un compañero puede revisarlo con usted. ¿Le paso con él?',
        },
        ask: { en: 'Shall I put you through to a colleague?', es: '¿Le paso con un compañero?' },
      },
      on: {
        'caller.acceptsPerson': {
          target: 'transferring',
          description: 'The customer wants to have it checked now.',
          meta: { phrases: { en: ['@yes', 'please do'], es: ['@yes', 'páseme'] } },
        },
        'caller.declinesPerson': {
          target: 'goodbye',
          description: 'The customer does not want to have it checked now.',
          meta: { phrases: { en: ['@no', 'not now'], es: ['@no', 'ahora no', 'mejor no'] } },
        },
      },
    },
    offeringPerson: {
      description: 'A person can do what this call cannot, as agree on instalments.',
      meta: {
        say: {
          en: 'A colleague can find a way with you. Shall I put you through?',
          es: 'Un compañero puede buscar una solución con usted. ¿Le paso con él?',
        },
        ask: { en: 'Shall I put you through to a colleague?', es: '¿Le paso con un compañero?' },
      },
      on: {
        'caller.acceptsPerson': {
          target: 'transferring',
          description: 'The customer wants to talk to a colleague.',
          meta: { phrases: { en: ['@yes', 'please do'], es: ['@yes', 'páseme'] } },
        },
        'caller.declinesPerson': {
          target: 'goodbye',
          description: 'The customer does not want to talk to a colleague now.',
          meta: { phrases: { en: ['@no', 'not now'], es: ['@no', 'ahora no', 'mejor no'] } },
        },
      },
    },
    stopping: {
      description: 'This number is not to be called again. Nothing about a debt is said here.',
      initial: 'confirming',
      states: {
        confirming: {
          description: 'The wish is read back before it is noted.',
          meta: {
            say: {
              en: 'Shall I note that we never call this number again?',
              es: '¿Anoto que no volvamos a llamar a este número?',
            },
          },
          on: {
            'caller.agrees': {
              target: 'notingWish',
              description: 'The number is not to be called again.',
              meta: { phrases: { en: ['@yes', 'please do'], es: ['@yes', 'anótelo'] }, confirms: true },
            },
            'caller.declines': {
              target: '#paymentReminder.finding.explaining',
              description: 'The number may still be called.',
              meta: { phrases: { en: ['@no'], es: ['@no'] } },
            },
          },
        },
        notingWish: {
          description: 'The wish is noted.',
          meta: {
            say: { en: "I'm noting that.", es: 'Lo anoto.' },
            tool: { name: 'noteDoNotCall', input: {} },
          },
          on: {
            'tool.succeeded': { target: 'noted', description: 'The number will not be called again.' },
            'tool.failed': { target: 'notingFailed', description: 'Nobody knows whether it was noted.' },
          },
        },
        noted: {
          description: 'The wish is noted: take leave and hang up.',
          meta: {
            say: {
              en: "It's noted. We will not call this number again. Goodbye!",
              es: 'Anotado. No volveremos a llamar a este número. ¡Adiós!',
            },
            ask: { en: 'Goodbye!', es: '¡Adiós!' },
            afterwards: 'hangUp',
          },
        },
        notingFailed: {
          description: 'The wish could not be noted: a fault of ours.',
          meta: {
            say: {
              en: "I'm sorry, I could not note that. Shall I try again?",
              es: 'Lo siento, no he podido anotarlo. ¿Lo intento otra vez?',
            },
            ask: { en: 'Shall I try again?', es: '¿Lo intento otra vez?' },
          },
          on: {
            'caller.triesAgain': {
              target: 'notingWish',
              description: 'The wish is to be noted once more.',
              meta: { phrases: { en: ['@yes', '@again'], es: ['@yes', '@again'] }, confirms: true },
            },
            'caller.declines': {
              target: '#paymentReminder.takingLeaveOfStranger',
              description: 'The caller does not want to wait.',
              meta: { phrases: { en: ['@no', 'not now'], es: ['@no', 'ahora no', 'mejor no'] } },
            },
          },
        },
      },
    },
    helping: {
      description: 'Say what can be said in this call. Nothing about a debt is said here.',
      meta: {
        say: {
          en: 'You can say go on, wrong number, stop calling, or agent to talk to a person. What would you like?',
          es: 'Puede decir continúe, número equivocado, dejen de llamarme, o agente para hablar con una persona. ¿Qué desea?',
        },
        ask: { en: 'What would you like?', es: '¿Qué desea?' },
      },
      on: {
        'caller.goesOn': [
          {
            guard: { type: 'knowsFacts', params: { facts: ['accountNumber'] } },
            target: 'settling.lookingUp',
            description: 'The call is to go on where it was. The customer has been verified.',
            meta: {
              phrases: {
                en: ['@yes', 'go on', 'go ahead', 'carry on'],
                es: ['@yes', 'continúe', 'siga', 'adelante', 'continuar'],
              },
            },
          },
          { target: 'finding.explaining', description: 'The customer has not been verified yet.' },
        ],
      },
    },
    transferring: {
      description: 'The caller is passed to a person. If nobody can take the call, the conversation goes on.',
      meta: {
        say: {
          en: "I'll put you through to a colleague. From here on the call may be recorded.",
          es: 'Le paso con un compañero. A partir de ahora la llamada puede ser grabada.',
        },
        ask: { en: 'What would you like?', es: '¿Qué desea?' },
        uninterruptible: true,
        afterwards: 'transfer',
      },
      on: {
        'transfer.failed': { target: 'helping', description: 'Nobody took the call.' },
      },
    },
    takingLeaveOfStranger: {
      description: 'It is not the customer, or nobody knows: take leave without a word about the message.',
      meta: {
        say: {
          en: "I'm sorry to have disturbed you. Goodbye!",
          es: 'Disculpe la molestia. ¡Adiós!',
        },
        ask: { en: 'Goodbye!', es: '¡Adiós!' },
        afterwards: 'hangUp',
      },
      on: {
        'caller.staysOnLine': {
          target: 'finding.explaining',
          description: 'The caller was taken for leaving, and is not.',
          meta: { phrases: { en: ['@staysOnLine'], es: ['@staysOnLine'] } },
        },
      },
    },
    goodbye: {
      description: 'Take leave and hang up.',
      meta: {
        say: { en: 'Thank you for your time. Goodbye!', es: 'Gracias por su tiempo. ¡Adiós!' },
        ask: { en: 'Goodbye!', es: '¡Adiós!' },
        afterwards: 'hangUp',
      },
      on: {
        'caller.staysOnLine': {
          target: 'helping',
          description: 'The caller was taken for leaving, and is not.',
          meta: { phrases: { en: ['@staysOnLine'], es: ['@staysOnLine'] } },
        },
      },
    },
  },
});
