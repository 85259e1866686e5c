import type { Purpose } from './call-events.ts';

/** What the call itself says, whatever the flow: one short sentence each. The flow's own question follows most. */
export interface CallLines
  extends Record<Exclude<Purpose, 'greeting' | 'answer' | 'resume' | 'supervisor'>, string> {
  /** Said one after the other when the caller would otherwise wait in silence; several, so that none comes twice in a row. */
  fillers: readonly [string, string, ...string[]];
}

const english: CallLines = {
  reminder: 'Are you still there?',
  apology: "I'm sorry, something went wrong on my side.",
  askAgain: "Sorry, I didn't catch that.",
  noOneAvailable: "I'm sorry, nobody can take your call right now.",
  welcomeBack: 'Sorry, we were cut off.',
  givenBack: 'You are back with me now.',
  farewell: 'I have to end the call here. Thank you, and goodbye.',
  fillers: ['One moment, please.', "I'm still with you.", 'Thank you for waiting.', "I'm still on it."],
};

const spanish: CallLines = {
  reminder: '¿Sigue ahí?',
  apology: 'Lo siento, algo ha fallado por mi parte.',
  askAgain: 'Perdone, no le he entendido.',
  noOneAvailable: 'Lo siento, ahora mismo nadie puede atender su llamada.',
  welcomeBack: 'Perdone, se ha cortado la llamada.',
  givenBack: 'Vuelve a hablar conmigo.',
  farewell: 'Tengo que terminar la llamada. Gracias y adiós.',
  fillers: ['Un momento, por favor.', 'Sigo con usted.', 'Gracias por esperar.', 'Sigo en ello.'],
};

const byLanguage: Record<string, CallLines> = { en: english, es: spanish };

/** The lines of a BCP-47 language; English where there are none. */
export function callLines(language: string): CallLines {
  return byLanguage[language.split('-')[0] ?? ''] ?? english;
}
