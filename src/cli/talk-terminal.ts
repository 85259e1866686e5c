import { clearScreenDown, createInterface, cursorTo, type Interface, moveCursor } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import type { News } from '../talk/news.ts';
import type { Paint, TalkScreen } from './talk-screen.ts';
import { AGENT, talkLine } from './talk-text.ts';

const PROMPT = 'you      ';

export interface TerminalOptions {
  input: Readable;
  output: Writable;
  paint: Paint;
  onLine(text: string): void;
  /** The person leaves. */
  onLeave(): void;
}

/**
 * A terminal in which a person can type while the agent speaks: the agent's words grow in a line above the prompt, and
 * whatever else happens goes above that.
 */
export function openTalkTerminal(options: TerminalOptions): TalkScreen {
  return new TalkTerminal(options);
}

class TalkTerminal implements TalkScreen {
  readonly #readline: Interface;
  readonly #output: Writable;
  readonly #paint: Paint;
  /** What the agent has said so far of its reply. */
  #spoken = '';

  constructor({ input, output, paint, onLine, onLeave }: TerminalOptions) {
    this.#output = output;
    this.#paint = paint;
    this.#readline = createInterface({ input, output, prompt: PROMPT, terminal: true, historySize: 200 });
    this.#readline.on('line', text => {
      // What stands there stays there; the prompt comes anew below it.
      this.#spoken = '';
      this.#readline.setPrompt(PROMPT);
      onLine(text);
    });
    this.#readline.on('SIGINT', onLeave);
    this.#readline.on('close', onLeave);
    this.#readline.prompt();
  }

  news(news: News): void {
    if (news.type === 'speaking') {
      this.#spoken = news.text;
      this.#prompt();
      return;
    }
    const line = talkLine(news);
    if (!line) return;
    if (news.type === 'said') this.#spoken = '';
    this.#above([this.#paint(line)]);
  }

  tell(lines: readonly string[]): void {
    this.#above(lines);
  }

  close(): void {
    cursorTo(this.#output, 0);
    clearScreenDown(this.#output);
    this.#readline.close();
  }

  /** Writes lines where the prompt is, and the prompt below them. */
  #above(lines: readonly string[]): void {
    const { rows } = this.#readline.getCursorPos();
    moveCursor(this.#output, 0, -rows);
    cursorTo(this.#output, 0);
    clearScreenDown(this.#output);
    // Readline goes up as many rows as its prompt had before it writes the next one.
    this.#output.write(lines.map(line => `${line}\r\n`).join('') + '\n'.repeat(rows));
    this.#prompt();
  }

  #prompt(): void {
    const speech =
      this.#spoken === '' ? '' : `${this.#paint({ tone: 'agent', text: AGENT + this.#spoken })}\n`;
    this.#readline.setPrompt(speech + PROMPT);
    this.#readline.prompt(true);
  }
}
