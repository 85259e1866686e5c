import { readDuration } from '../scenarios/units.ts';
import type { Act } from './conversation.ts';

/** What a line that was typed asks for. */
export type Command =
  | { do: 'act'; act: Act }
  /** Cut into what the agent has said last. */
  | { do: 'bargeIn'; afterWords: number; text: string }
  | { do: 'save'; name: string }
  | { do: 'state' | 'choices' | 'facts' | 'undo' | 'restart' | 'reload' | 'help' | 'quit' };

/** A command that cannot be understood. The message says how it is written. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}

/** How much of a reply somebody hears who cuts in and does not say when. */
const WORDS_BEFORE_CUTTING_IN = 3;

interface Form {
  usage: string;
  does: string;
  /** Null: cannot be written so. */
  read(rest: string): Command | null;
}

const plain = (what: 'state' | 'choices' | 'facts' | 'undo' | 'restart' | 'reload' | 'help' | 'quit') =>
  function read(rest: string): Command | null {
    return rest === '' ? { do: what } : null;
  };

const forms: Readonly<Record<string, Form>> = {
  state: { usage: '/state', does: 'where the flow and the call stand', read: plain('state') },
  choices: {
    usage: '/choices',
    does: 'what the caller may say or key in here',
    read: plain('choices'),
  },
  facts: { usage: '/facts', does: 'what is known of the caller', read: plain('facts') },
  keys: {
    usage: '/keys 1234#',
    does: 'press keys',
    read: rest => (/^[0-9*#A-D]+$/.test(rest) ? act({ do: 'press', keys: rest }) : null),
  },
  barge: {
    usage: '/barge [words] no wait',
    does: `cut into the agent's reply with these words, after so many of its own (${WORDS_BEFORE_CUTTING_IN} by default)`,
    read: readBargeIn,
  },
  silence: {
    usage: '/silence 9s',
    does: 'say nothing for so long',
    read(rest) {
      const ms = readDuration(rest);
      return ms === null || ms > LONGEST_SILENCE_MS ? null : act({ do: 'wait', ms });
    },
  },
  hangup: {
    usage: '/hangup',
    does: 'hang up',
    read: rest => (rest === '' ? act({ do: 'hangUp' }) : null),
  },
  undo: { usage: '/undo', does: 'take the last thing back', read: plain('undo') },
  restart: { usage: '/restart', does: 'call again', read: plain('restart') },
  save: {
    usage: '/save A caller asks twice',
    does: 'add the conversation to the scenarios of the flow, under this name',
    read: rest => (rest === '' ? null : { do: 'save', name: rest }),
  },
  reload: {
    usage: '/reload',
    does: 'read the flow again; saving its file does the same',
    read: plain('reload'),
  },
  help: { usage: '/help', does: 'this list', read: plain('help') },
  quit: { usage: '/quit', does: 'leave; so does Ctrl-C', read: plain('quit') },
};

const LONGEST_SILENCE_MS = 3_600_000;

/** Null for an empty line. Throws a `CommandError`. */
export function readCommand(line: string): Command | null {
  const text = line.trim();
  if (text === '') return null;
  if (!text.startsWith('/')) return act({ do: 'say', text });
  const [, name = '', rest = ''] = /^\/(\S*)\s*(.*)$/s.exec(text) ?? [];
  const form = Object.hasOwn(forms, name) ? forms[name] : undefined;
  if (!form) throw new CommandError(`There is no /${name}. /help lists the commands.`);
  const command = form.read(rest);
  if (!command) throw new CommandError(`Write it as ${form.usage}.`);
  return command;
}

export function helpText(): string[] {
  return [
    'Type what the caller says. While the agent speaks, that cuts it off.',
    ...Object.values(forms).map(({ usage, does }) => `  ${usage.padEnd(26)}${does}`),
  ];
}

function act(done: Act): Command {
  return { do: 'act', act: done };
}

function readBargeIn(rest: string): Command | null {
  const [, words, text = ''] = /^(?:(\d{1,3})(?:\s+words?)?\s+)?(.*)$/s.exec(rest) ?? [];
  const afterWords = words === undefined ? WORDS_BEFORE_CUTTING_IN : Number(words);
  return text === '' || afterWords === 0 ? null : { do: 'bargeIn', afterWords, text };
}
