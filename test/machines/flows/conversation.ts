import { type AnyStateMachine, createActor } from 'xstate';
import type { FlowEvent } from '../../../machines/flow.ts';
import { viewFlow } from '../../../machines/flow-view.ts';
import { SimulatedClock } from '../../../runtime/clock.ts';
import type { LanguageModel, ModelRequest, Tool } from '../../../runtime/ports.ts';
import { openNavigator } from '../../../src/providers/embedded/navigator/navigator.ts';

type By = ModelRequest['by'];

/**
 * A call without a telephone: takes a flow through a script and answers with the script as it really went. Lines are
 * `Caller: words`, `Caller keys: digits` and `state: what the agent said there`.
 */
export async function play(flow: AnyStateMachine, tools: readonly Tool[], script: string): Promise<string> {
  const lines: string[] = [];
  const conversation = new Conversation(flow, tools, line => lines.push(line));
  await conversation.answer(null, 'voice');
  for (const line of tidy(script).split('\n')) {
    const caller = /^Caller( keys)?: (.*)$/.exec(line);
    if (!caller) continue;
    lines.push(line);
    await conversation.answer(caller[2]!, caller[1] ? 'keypad' : 'voice');
  }
  conversation.stop();
  return lines.join('\n');
}

/** A script without indentation and blank lines. */
export function tidy(script: string): string {
  return script
    .split('\n')
    .map(line => line.trim())
    .filter(Boolean)
    .join('\n');
}

class Conversation {
  readonly #actor;
  readonly #model: LanguageModel;
  readonly #tools: ReadonlyMap<string, Tool>;
  readonly #log: (line: string) => void;
  #turn = 0;
  #misunderstood = 0;
  #unfinished = '';

  constructor(flow: AnyStateMachine, tools: readonly Tool[], log: (line: string) => void) {
    this.#actor = createActor(flow);
    this.#actor.start();
    this.#model = openNavigator({ clock: new SimulatedClock(), firstWordDelayMs: 0, wordDelayMs: 0 });
    this.#tools = new Map(tools.map(tool => [tool.name, tool]));
    this.#log = log;
  }

  async answer(words: string | null, by: By): Promise<void> {
    this.#turn++;
    let said = words === null ? null : `${this.#unfinished} ${words}`.trim();
    for (let step = 0; await this.#reply(said, by, step); step++) {
      if (step > 5) throw new Error(`The conversation runs in a circle at ${this.#view.state}.`);
      said = null;
    }
  }

  stop(): void {
    this.#actor.stop();
  }

  get #view() {
    return viewFlow(this.#actor.getSnapshot(), 'en-US');
  }

  /** One request; whether the model is to be asked again. */
  async #reply(said: string | null, by: By, step: number): Promise<boolean> {
    const flow = this.#view;
    const signal = new AbortController().signal;
    const request: ModelRequest = {
      callId: 'call-1',
      turn: this.#turn,
      step,
      language: 'en-US',
      country: null,
      rounds: [],
      flow,
      history: [],
      said,
      by,
      confidence: 1,
      misunderstood: this.#misunderstood,
    };

    let text = '';
    let again = false;
    for await (const event of this.#model.reply(request, signal)) {
      if (event.type === 'text') text += event.text;
      if (event.type === 'choice') this.#actor.send({ type: event.event, facts: event.facts });
      if (event.type === 'toolCall') this.#actor.send(await this.#run(event.name, event.input, event.id));
      if (event.type === 'end') this.#take(event.reason, said);
      again ||= event.type === 'choice' || event.type === 'toolCall';
    }
    if (text) this.#log(`${flow.state}: ${text}`);
    return again;
  }

  #take(reason: 'complete' | 'waitForMore' | 'notUnderstood', said: string | null): void {
    this.#unfinished = reason === 'waitForMore' ? (said ?? '') : '';
    if (reason === 'notUnderstood') this.#misunderstood++;
    if (reason === 'complete') this.#misunderstood = 0;
  }

  async #run(name: string, input: Record<string, unknown>, id: string): Promise<FlowEvent> {
    const tool = this.#tools.get(name);
    if (!tool) throw new Error(`The flow asks for ${name}, and there is no such tool.`);
    const context = { callId: 'call-1', idempotencyKey: id, signal: new AbortController().signal };
    try {
      return { type: 'tool.succeeded', tool: name, result: await tool.run(input, context) };
    } catch (error) {
      return { type: 'tool.failed', tool: name, error: String(error) };
    }
  }
}
