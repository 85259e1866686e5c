import type { Outcome } from '../../machines/call-events.ts';
import type { CallSummary, Turn } from '../../runtime/journal.ts';
import { durationS } from './duration.ts';

const LONGEST_QUOTE = 160;

const OUTCOMES: Record<Outcome, string> = {
  completed: 'The conversation came to its end.',
  hungUp: 'The caller hung up.',
  transferred: 'The caller was passed to a person.',
  silence: 'The call ended because the caller stayed silent.',
  lineLost: 'The line was lost.',
  tooLong: 'The call ended because it reached its longest duration.',
  overBudget: 'The call ended because it reached its budget.',
  providersFailed: 'The call ended because speech or language providers failed.',
  stopped: 'The call was ended from outside.',
  interrupted: 'The call broke off because its server stopped.',
};

/** A call in plain words: who called, each turn in brief, how it ended. The same summary gives the same words. */
export function tellCall(summary: CallSummary): string {
  return [
    introduction(summary),
    ...summary.turns.map(tellTurn),
    ...tellUnanswered(summary),
    ending(summary),
  ].join('\n');
}

function introduction({ direction, from, to, flow, startedAt }: CallSummary): string {
  const when = new Date(startedAt).toISOString().slice(0, 16).replace('T', ' ');
  const who = direction === 'inbound' ? `${from} called ${to}` : `${to} was called from ${from}`;
  return `${who} on ${when} UTC and spoke with "${flow}".`;
}

function tellTurn({ turn, caller, agent, tools }: Turn): string {
  const parts: string[] = [];
  if (caller) parts.push(`the caller ${caller.by === 'keypad' ? 'keyed' : 'said'} ${quote(caller.text)}`);
  for (const tool of tools) parts.push(tool.error === null ? `${tool.name} was done` : `${tool.name} failed`);
  parts.push(tellAnswer(agent));
  return `${turn}. ${parts.join('; ')}.`;
}

function tellAnswer({ generated, heard, interrupted }: Turn['agent']): string {
  if (!generated && !heard) return 'the agent said nothing';
  if (!heard)
    return interrupted
      ? 'the agent was interrupted before a word was heard'
      : 'nothing of the answer was heard';
  return `the agent said ${quote(heard)}${interrupted ? ' and was interrupted' : ''}`;
}

function tellUnanswered({ unanswered }: CallSummary): string[] {
  return unanswered.length === 0 ? [] : [`Left unanswered: ${unanswered.map(quote).join(', ')}.`];
}

function ending(summary: CallSummary): string {
  return `${OUTCOMES[summary.outcome]} It lasted ${durationS(summary)} s.`;
}

function quote(text: string): string {
  const characters = [...text.trim()];
  if (characters.length <= LONGEST_QUOTE) return `"${characters.join('')}"`;
  return `"${characters
    .slice(0, LONGEST_QUOTE - 1)
    .join('')
    .trimEnd()}…"`;
}
