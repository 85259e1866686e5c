import type { Writable } from 'node:stream';
import type { News } from '../talk/news.ts';
import { type TalkLine, talkLine } from './talk-text.ts';

/** Where a conversation is shown. */
export interface TalkScreen {
  news(news: News): void;
  /** Lines for the person, other than what happens in the call. */
  tell(lines: readonly string[]): void;
  close(): void;
}

export type Paint = (line: TalkLine) => string;

const CODES: Readonly<Record<TalkLine['tone'], string>> = {
  agent: '\x1b[1m',
  caller: '\x1b[2m',
  aside: '\x1b[2m',
  trouble: '\x1b[33m',
};

export const inColours: Paint = ({ text, tone }) => `${CODES[tone]}${text}\x1b[0m`;
export const withoutColours: Paint = ({ text }) => text;

/** Line by line, as for a pipe or a file. */
export function plainScreen(output: Writable, paint: Paint): TalkScreen {
  const print = (text: string) => output.write(`${text}\n`);
  return {
    news(news) {
      const line = talkLine(news);
      if (line) print(paint(line));
    },
    tell: lines => {
      for (const line of lines) print(line);
    },
    close() {},
  };
}

/** An object a line, of everything that happens. */
export function jsonScreen(output: Writable): TalkScreen {
  const print = (value: object) => output.write(`${JSON.stringify(value)}\n`);
  return {
    news(news) {
      if (news.type !== 'speaking') print(news);
    },
    tell: lines => {
      print({ type: 'told', text: lines.join('\n') });
    },
    close() {},
  };
}
