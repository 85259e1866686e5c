import type { FactType } from '../../machines/flow.ts';
import { slotsOf } from './lines.ts';

/**
 * How fast a voice speaks: 150 words a minute, the usual rate of conversation in American English (National Center for
 * Voice and Speech), at 4.7 letters a word. Letters, because a language with longer words has fewer of them.
 */
const LETTERS_PER_S = (150 * 4.7) / 60;
/** Japanese and Chinese, whose signs stand for whole syllables: about five a second (Pellegrino et al., 2011). */
const SYLLABLE_SIGNS_PER_S = 5;
const PAUSE_IN_SENTENCE_S = 0.25;
const PAUSE_AFTER_SENTENCE_S = 0.5;
const DIGITS_PER_S = 2.5;
/** Digits of a fact whose length is not known, and letters of one that is text. */
const USUAL_DIGITS = 6;
const USUAL_LETTERS = 15;

/** About how long a voice takes to say the line. */
export function secondsToSay(text: string, fact: (name: string) => FactType | undefined): number {
  const plain = text.replace(/\{[^{}]*\}/g, '');
  const signs =
    plain.match(/[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/gu)?.length ?? 0;
  const letters = (plain.match(/\p{L}/gu)?.length ?? 0) - signs;
  const digits = plain.match(/\d/g)?.length ?? 0;
  const sentences = plain.match(/[.!?。！？]+(?=\s|$)/g)?.length ?? 0;
  const breaks = plain.match(/[,;:、，](?=\s|$)/g)?.length ?? 0;
  const filledIn = slotsOf(text).reduce((sum, slot) => sum + secondsOfFact(fact(slot.fact ?? '')), 0);
  return (
    letters / LETTERS_PER_S +
    signs / SYLLABLE_SIGNS_PER_S +
    digits / DIGITS_PER_S +
    breaks * PAUSE_IN_SENTENCE_S +
    Math.max(sentences - 1, 0) * PAUSE_AFTER_SENTENCE_S +
    filledIn
  );
}

function secondsOfFact(fact: FactType | undefined): number {
  if (fact?.type === 'digits') return (fact.length ?? USUAL_DIGITS) / DIGITS_PER_S;
  return USUAL_LETTERS / LETTERS_PER_S;
}
