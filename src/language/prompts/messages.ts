import type { Message, ModelRequest, ToolRound } from '../../../runtime/ports.ts';
import type { ChatMessage } from '../chat.ts';
import { callerWords, direction } from './caller-words.ts';

type Turn = Extract<ChatMessage, { role: 'user' }> | { role: 'assistant'; text: string };

const BEGINS = direction('The call begins.');
const CONTINUE = direction(
  'The line broke off after these words; the caller has heard them. Go on exactly where they stop, with the very next word. Repeat nothing and do not mention the break.',
);

/**
 * The conversation as a model takes it: beginning and ending with the other side, and taking turns, which some providers
 * insist on. `spoken`: the beginning of this reply, which the caller has been given already.
 */
export function chatMessages(
  { said, flow, rounds }: Pick<ModelRequest, 'said' | 'flow' | 'rounds'>,
  history: readonly Message[],
  spoken: string,
): ChatMessage[] {
  const turns: Turn[] = history.filter(({ text }) => text.trim() !== '').map(toTurn);
  turns.push({ role: 'user', text: said === null ? ownTurn(flow.say) : callerWords(said) });
  if (turns[0]!.role === 'assistant') turns.unshift({ role: 'user', text: BEGINS });
  const broken: Turn[] =
    spoken.trim() === ''
      ? []
      : [
          { role: 'assistant', text: spoken.trim() },
          { role: 'user', text: CONTINUE },
        ];
  if (rounds.length === 0) return inTurns([...turns, ...broken]);
  return [...inTurns(turns), ...rounds.flatMap(roundMessages), ...broken];
}

/** The model's own tool calls in this turn, and their results as data. */
function roundMessages({ said, calls, results }: ToolRound): ChatMessage[] {
  return [
    { role: 'assistant', text: said, toolCalls: calls },
    ...calls.map((call): ChatMessage => {
      const outcome = results.find(({ id }) => id === call.id);
      const isError = !outcome?.result;
      const result = outcome?.result ? JSON.stringify(outcome.result) : (outcome?.error ?? 'no result');
      return { role: 'tool', toolCallId: call.id, name: call.name, result, isError };
    }),
  ];
}

function toTurn({ role, text }: Message): Turn {
  return role === 'caller' ? { role: 'user', text: callerWords(text) } : { role: 'assistant', text };
}

function ownTurn(line: string | null): string {
  return direction(
    line === null
      ? 'It is your turn to speak.'
      : `It is your turn to speak. Say this in your own words, with every fact in it and nothing added: "${line}"`,
  );
}

function inTurns(turns: readonly Turn[]): Turn[] {
  const merged: Turn[] = [];
  for (const turn of turns) {
    const last = merged.at(-1);
    if (last?.role === turn.role) last.text = `${last.text}\n${turn.text}`;
    else merged.push({ ...turn });
  }
  return merged;
}
