import type { News } from '../talk/news.ts';
import { counted, factsText, plain, quoted, seconds } from './replay/words.ts';

/** A line for a person; `aside` is what happens behind the words. */
export interface TalkLine {
  text: string;
  tone: 'agent' | 'caller' | 'aside' | 'trouble';
}

export const AGENT = 'agent    ';

/** What happened, in a line; null for what would only be noise. */
export function talkLine(news: News): TalkLine | null {
  switch (news.type) {
    case 'said':
      return line('agent', `${AGENT}${plain(news.text)}${news.interrupted ? ' – cut off' : ''}`);
    case 'heard':
      return line('caller', `heard    ${quoted(news.text)} (${news.by}, ${news.confidence.toFixed(2)})`);
    case 'unclear':
      return line('aside', 'heard    a voice, but no words');
    case 'chose':
      return line('aside', `choice   ${news.choice}${factsOf(news.facts)}`);
    case 'notUnderstood':
      return line('trouble', 'choice   none: the words fit nothing that is open here (/choices)');
    case 'moved':
      return line('aside', `state    ${news.state}`);
    case 'learnt':
      return line('aside', `knows    ${learntText(news.facts)}`);
    case 'toolCalled':
      return line('aside', `tool     ${news.name} ← ${plain(JSON.stringify(news.input))}`);
    case 'toolAnswered':
      return news.result
        ? line('aside', `tool     ${news.name} → ${plain(JSON.stringify(news.result))}`)
        : line('trouble', `tool     ${news.name} failed: ${plain(news.error ?? 'no result')}`);
    case 'explained':
      return line('aside', `why      ${plain(news.text)}`);
    case 'failed':
      return line('trouble', `trouble  ${plain(news.text)}`);
    case 'ended':
      return line(
        'aside',
        `ended    ${news.outcome} after ${seconds(news.atMs)} and ${counted(news.turns, 'turn')} of the caller`,
      );
    case 'speaking':
    case 'callMoved':
      return null;
  }
}

function line(tone: TalkLine['tone'], text: string): TalkLine {
  return { tone, text };
}

function factsOf(facts: Readonly<Record<string, string>>): string {
  return Object.keys(facts).length === 0 ? '' : `  ${factsText(facts)}`;
}

function learntText(facts: Readonly<Record<string, string | null>>): string {
  return Object.entries(facts)
    .map(([name, value]) => (value === null ? `${name} no more` : `${name}=${plain(value)}`))
    .join(', ');
}
