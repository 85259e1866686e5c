import type { Facts } from '../../machines/flow.ts';
import type { FlowView } from '../../machines/flow-view.ts';
import type { Call } from '../../runtime/call.ts';
import { type Clock, passing } from '../../runtime/clock.ts';
import type { LanguageModel } from '../../runtime/ports.ts';
import type { Flow } from '../flows/flows.ts';
import { openRehearsal, type Rehearsal } from '../rehearsal/rehearsal.ts';
import { MS_PER_LETTER } from '../rehearsal/text-voice.ts';
import { openTools } from '../tools/index.ts';
import { beginIn } from './begin-in.ts';
import type { Act, Conversation } from './conversation.ts';
import { CallFollower } from './follow-call.ts';
import { type Memory, rememberingModel, rememberingTool } from './memory.ts';
import type { News } from './news.ts';
import { perform } from './perform.ts';

export interface RehearsedOptions {
  flow: Flow;
  /** BCP-47. */
  language: string;
  /** A hosted model; null: the flow itself answers. */
  model: ((clock: Clock) => LanguageModel) | null;
  memory: Memory;
  /** Where the call begins, and with what known; null: where the flow does. */
  from: { state: string; facts: Facts } | null;
  /** Time passes as it does on this clock; null: it jumps. */
  pace: Clock | null;
  onNews(news: News): void;
}

/** How often it is looked what the agent has said by now, in milliseconds. */
const LOOK_EVERY_MS = 40;
/** A machine that was asleep meanwhile has not let the caller wait for hours. */
const MOST_AT_ONCE_MS = 200;

export function rehearse({ flow, language, model, memory, from }: RehearsedOptions): Rehearsal {
  return openRehearsal({
    flow: from ? beginIn(flow.machine, from.state, from.facts) : flow.machine,
    language,
    ...(model && { model: clock => rememberingModel(model(clock), memory) }),
    tools: clock =>
      [...openTools({ clock, toolDelayMs: 0 }).values()].map(tool => rememberingTool(tool, memory)),
  });
}

/** Opens a conversation in text, after what the caller has done `before`; of that nothing is told. */
export async function openRehearsed(
  options: RehearsedOptions,
  before: readonly Act[] = [],
  upTo: 'answer' | 'act' = 'answer',
): Promise<Conversation> {
  const { memory } = options;
  memory.rewind();
  const rehearsal = rehearse(options);
  for (const act of before) await perform(rehearsal, act);
  if (before.length > 0 && upTo === 'answer') await rehearsal.untilListening();
  memory.goOn();
  return new Rehearsed(rehearsal, options);
}

/** The whole call with text ears and a text voice. While it is the caller's turn, its clock stands still. */
class Rehearsed implements Conversation {
  readonly #rehearsal: Rehearsal;
  readonly #follower: CallFollower;
  readonly #pace: Clock | null;

  constructor(rehearsal: Rehearsal, { pace, onNews }: RehearsedOptions) {
    this.#rehearsal = rehearsal;
    this.#pace = pace;
    this.#follower = new CallFollower(rehearsal.call, MS_PER_LETTER, onNews);
  }

  get call(): Call {
    return this.#rehearsal.call;
  }

  get flow(): FlowView {
    return this.#rehearsal.flow;
  }

  get state(): string {
    return this.#rehearsal.state;
  }

  get hasEnded(): boolean {
    return this.#rehearsal.hasEnded;
  }

  get wordsHeard(): number | null {
    if (this.hasEnded || this.#isCallersTurn) return null;
    return this.#follower.spoken?.split(' ').filter(Boolean).length ?? 0;
  }

  async take(act: Act): Promise<void> {
    await perform(this.#rehearsal, act);
  }

  async settle(isUrgent: () => boolean): Promise<void> {
    // Nobody wants to wait while the telephone rings elsewhere.
    while (this.#pace && !this.#isCallersTurn && this.state.startsWith('floor.')) {
      if (isUrgent()) return;
      await this.#passAsIn(this.#pace);
    }
    await this.#rehearsal.untilListening();
    if (this.hasEnded) this.#follower.end();
  }

  async close(): Promise<void> {
    this.#follower.close();
    await this.#rehearsal.end();
  }

  get #isCallersTurn(): boolean {
    return this.hasEnded || this.state === 'floor.listening.quiet';
  }

  async #passAsIn(clock: Clock): Promise<void> {
    const sinceMs = clock.now();
    const simulatedSinceMs = this.#rehearsal.clock.now();
    await passing(LOOK_EVERY_MS, clock);
    const behindMs = clock.now() - sinceMs - (this.#rehearsal.clock.now() - simulatedSinceMs);
    if (behindMs > 0) await this.#rehearsal.pass(Math.min(behindMs, MOST_AT_ONCE_MS));
    this.#follower.look();
  }
}
