import type { Rule } from '../finding.ts';
import { linesOf } from '../lines.ts';
import { secondsToSay } from '../speaking-time.ts';

/**
 * What a caller can be told in one go. IVR guidelines put an instruction at twenty seconds at the most
 * (plumvoice.com/blog/ivr-prompt-guidelines).
 */
const LONGEST_LINE_S = 20;

/** Whether lines can be said, and listened to. */
export const speechRules: readonly Rule[] = [
  {
    name: 'too-long',
    severity: 'warning',
    why: 'Nobody remembers the beginning at the end, and a listener cannot skim.',
    *find({ ownStates, info, fact }) {
      for (const state of ownStates) {
        if (state.meta.uninterruptible) continue;
        for (const { text, place } of linesOf(state, info.languages[0]!)) {
          const seconds = secondsToSay(text, fact);
          if (seconds > LONGEST_LINE_S)
            yield {
              at: place,
              problem: `The line takes about ${Math.round(seconds)} seconds to say; ${LONGEST_LINE_S} are the most.`,
              mend: 'Say the answer first, and offer the rest as a choice.',
            };
        }
      }
    },
  },
  {
    name: 'unspeakable',
    severity: 'warning',
    why: 'A voice reads it letter by letter, reads it wrong, or leaves it out.',
    *find({ ownStates, info }) {
      for (const state of ownStates)
        for (const { text, language, place } of linesOf(state, info.languages[0]!))
          for (const { pattern, what, mend } of [...unspeakable, ...(abbreviations[language] ?? [])]) {
            const found = pattern.exec(text.replace(/\{[^{}]*\}/g, ''))?.[0].trim();
            if (found) yield { at: place, problem: `“${found}” is ${what}.`, mend };
          }
    },
  },
];

interface Unspeakable {
  pattern: RegExp;
  what: string;
  mend: string;
}

const MARKUP = 'Write plain sentences; emphasis and lists are for the eye.';
const SPELL_OUT = 'Write it as it is spoken.';

const unspeakable: readonly Unspeakable[] = [
  { pattern: /\*\*?[^*\s][^*]*\*\*?|__[^_]+__|`[^`]+`|~~[^~]+~~/, what: 'Markdown', mend: MARKUP },
  { pattern: /(?:^|\n)\s*(?:#{1,6}|[-*+•]|\d+[.)])\s+\S+/, what: 'Markdown', mend: MARKUP },
  {
    pattern: /!?\[[^\]]*\]\([^)]*\)/,
    what: 'a link',
    mend: 'Say what is to be found there, or offer to send it.',
  },
  { pattern: /<\/?[a-z][^>]*>/i, what: 'mark-up', mend: MARKUP },
  {
    pattern: /\b(?:https?:\/\/|www\.)\S+/i,
    what: 'a web address',
    mend: 'Offer to send it: nobody can write it down while listening.',
  },
  { pattern: /\p{Extended_Pictographic}/u, what: 'a picture', mend: 'Take it out.' },
  {
    pattern: /\s[&/\\|<>=^]\s|\b\w+\/\w+\b|\s&|&\s/,
    what: 'a sign that is not spoken',
    mend: 'Write the word for it, as “and” or “or”.',
  },
  {
    pattern: /\S*\s?\([^)]*\)/,
    what: 'in brackets',
    mend: 'Make it a sentence of its own: brackets cannot be heard.',
  },
];

/** Without their full stops too where that makes no other word. */
const abbreviations: Readonly<Record<string, readonly Unspeakable[]>> = {
  en: short(
    /(?:^|[\s(])(?:e\.g\.|i\.e\.|etc\b\.?|approx\.|appt\.?|acct\.?|dept\.?|min\.|max\.|hrs?\.?|mins\b\.?|secs\b\.?|no\.\s?(?=\d)|nos\.|tel\.|ext\.|ref\.|vs\.?|w\/o?|asap|fyi|tbd|n\/a|a\.k\.a\.|aka|p\.s\.|inc\.|ltd\.|misc\.|qty\.?)(?=[\s,.;:!?)\d]|$)/i,
    /\b(?:Mon|Tue|Tues|Wed|Thu|Thur|Thurs|Fri|Sat|Sun|Jan|Feb|Apr|Jun|Jul|Aug|Sept|Sep|Oct|Nov|Dec)\b\.?(?=[\s,\-–]|$)(?!\s+(?:down|in|on|at|with|by|there)\b)/,
    /\b\d+\s?(?:kg|km|cm|mm|lbs?|oz|ft|mph|kWh|GB|MB)\b/,
  ),
  es: short(
    /(?:^|[\s(])(?:p\.\s?ej\.|etc\b\.?|aprox\.|tel\.|tfno\.?|núm\.|nº|n\.º|dpto\.|depto\.|avda\.|ud\.|uds\.|vd\.|sr\.|sra\.|dr\.|dra\.|máx\.|mín\.|hrs?\.)(?=[\s,.;:!?)\d]|$)/i,
    /\b\d+\s?(?:kg|km|cm|mm|h)\b/,
  ),
  de: short(
    /(?:^|[\s(])(?:z\.\s?b\.|d\.\s?h\.|usw\.?|bzw\.?|ca\.|inkl\.|zzgl\.|evtl\.|ggf\.|u\.\s?a\.|nr\.|tel\.|str\.|std\.|min\.|max\.|mo\.|di\.|mi\.|fr\.|sa\.|so\.)(?=[\s,.;:!?)\d]|$)/i,
    /\b\d+\s?(?:kg|km|cm|mm|kWh)\b/,
  ),
  fr: short(
    /(?:^|[\s(])(?:p\.\s?ex\.|etc\b\.?|env\.|tél\.|n°|c\.-à-d\.|max\.|min\.|rdv|svp|m\.|mme\.?|mlle\.?|dr\.)(?=[\s,.;:!?)\d]|$)/i,
    /\b\d+\s?(?:kg|km|cm|mm|h)\b/,
  ),
};

function short(...patterns: readonly RegExp[]): Unspeakable[] {
  return patterns.map(pattern => ({ pattern, what: 'an abbreviation', mend: SPELL_OUT }));
}
