import type { NavigatorLanguage } from './navigator-language.ts';

export const spanish: NavigatorLanguage = {
  words: {
    fillers: [
      ...'eh em emm este ah oh uh um mm mmm hm pues bueno entonces gracias muchas oiga mire'.split(' '),
      'por favor',
      'o sea',
      'a ver',
    ],
    light:
      `el la los las lo un una unos unas al del de a en con por para que y e o u es son era fue ser soy esta estan estoy este
      esto ese eso esa yo mi mis me se su sus usted ustedes le les nos nuestro nuestra hay haber he ha han tengo tiene puedo
      puede podria quiero quisiera quiere querria necesito cual cuales cuando donde quien si aqui ahi ya hola buenas buenos
      dias tardes noches como muy`
        .split(/\s+/)
        // An answer by itself.
        .filter(word => word !== 'si'),
    negatives: ['nunca', 'jamas', 'tampoco', 'ni'],
    refusals: ['no'],
    negation: {
      refusal: 'no',
      becomes: 'nunca',
      before:
        `es era esta estan estoy soy son fue hay he ha han tengo tiene quiero quisiera quiere puedo puede podre podria
        necesito se me le lo la los las nos cuelgue cuelgues debo deben voy va conozco entiendo entendi vive llamen llame`.split(
          /\s+/,
        ),
    },
  },
  numbers: {
    zeros: { cero: '0' },
    units: { uno: 1, dos: 2, tres: 3, cuatro: 4, cinco: 5, seis: 6, siete: 7, ocho: 8, nueve: 9 },
    whole: {
      diez: 10,
      once: 11,
      doce: 12,
      trece: 13,
      catorce: 14,
      quince: 15,
      dieciseis: 16,
      diecisiete: 17,
      dieciocho: 18,
      diecinueve: 19,
      veintiuno: 21,
      veintiun: 21,
      veintidos: 22,
      veintitres: 23,
      veinticuatro: 24,
      veinticinco: 25,
      veintiseis: 26,
      veintisiete: 27,
      veintiocho: 28,
      veintinueve: 29,
    },
    tens: {
      veinte: 20,
      treinta: 30,
      cuarenta: 40,
      cincuenta: 50,
      sesenta: 60,
      setenta: 70,
      ochenta: 80,
      noventa: 90,
    },
    hundreds: {
      cien: 100,
      ciento: 100,
      doscientos: 200,
      trescientos: 300,
      cuatrocientos: 400,
      quinientos: 500,
      seiscientos: 600,
      setecientos: 700,
      ochocientos: 800,
      novecientos: 900,
    },
    thousand: 'mil',
    thousandAlone: true,
    joins: { tens: 'y' },
    repeats: { doble: 2, triple: 3 },
  },
  lines: {
    apologies: [
      'Perdone, no le he entendido.',
      'Perdone, sigo sin entenderle.',
      'Lo siento, me cuesta entenderle.',
    ],
    keypad: 'También puede marcar el número en el teclado.',
    examples: phrases => `Puede decir, por ejemplo, ${phrases.join(', o ')}.`,
    person: phrase => `Para hablar con una persona, diga ${phrase}.`,
  },
};
