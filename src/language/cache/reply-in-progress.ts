import type { ModelEvent, ModelRequest } from '../../../runtime/ports.ts';
import type { Reply, Spent } from './kept-reply.ts';
import { takesUp, tellsNumberOfItsOwn } from './personal-text.ts';
import { isPlainChoice, type Question } from './question.ts';
import { speechHabits } from './speech-habits.ts';

/** Why a whole reply is not kept. */
export type Refusal =
  /** The model asked for a tool. */
  | 'tool'
  /** It waits for more, or has not understood. */
  | 'noAnswer'
  /** The flow answered, because no model could or may: that costs nothing and is gone with the fault. */
  | 'flow'
  /** Nobody told what it cost, so that nobody could tell what it saves. */
  | 'noUsage'
  /** Words and a choice, or a choice that fills slots or agrees to something. */
  | 'choice'
  /** Not what the flow's author meant by the phrase. */
  | 'otherChoice'
  /** The model was told what this caller had said before, or a fact. */
  | 'context'
  /** A number, an address or a name that may be the caller's. */
  | 'personal'
  /** In a language whose names and numbers are not known here. */
  | 'language'
  /** Ends in the middle of a sentence, or is very long. */
  | 'cutOff';

const MOST_CHARS = 800;
const WHOLE = /[.!?…。？！]["'”’»)\]]*$/u;

/** A reply as it comes from a model, and what is made of it at its end. */
export class ReplyInProgress {
  #text = '';
  #choices: Extract<ModelEvent, { type: 'choice' }>[] = [];
  #toolCalls = 0;
  #end: Extract<ModelEvent, { type: 'end' }>['reason'] | null = null;
  #spent: Spent | null = null;

  take(event: ModelEvent): void {
    if (event.type === 'text') this.#text += event.text;
    else if (event.type === 'choice') this.#choices.push(event);
    else if (event.type === 'toolCall') this.#toolCalls++;
    else if (event.type === 'end') this.#end = event.reason;
    else if (event.type === 'usage') this.#spend(event);
  }

  /** Of all models that took part. Null where none told. */
  get spent(): Spent | null {
    return this.#spent;
  }

  /** The reply, if it would be the same for everybody; else why it may not be. */
  judge(
    request: ModelRequest,
    question: Question,
    { companyName, isFlows }: { companyName: string; isFlows: boolean },
  ): { reply: Reply; spent: Spent } | Refusal {
    const spent = this.#spent;
    if (this.#toolCalls > 0) return 'tool';
    if (this.#end !== 'complete') return 'noAnswer';
    if (isFlows) return 'flow';
    if (!spent) return 'noUsage';
    const reply =
      this.#choices.length > 0
        ? this.#choice(request, question)
        : this.#words(request, question, companyName);
    return typeof reply === 'string' ? reply : { reply, spent };
  }

  #choice({ flow }: ModelRequest, question: Question): Reply | Refusal {
    const [chosen, ...more] = this.#choices;
    if (!chosen || more.length > 0 || this.#text.trim() !== '') return 'choice';
    const open = flow.choices.find(({ event }) => event === chosen.event);
    if (!open || !isPlainChoice(open) || Object.keys(chosen.facts).length > 0) return 'choice';
    if (question.choice !== null && question.choice !== chosen.event) return 'otherChoice';
    return { kind: 'choice', event: chosen.event };
  }

  #words(
    { flow, history, said, language }: ModelRequest,
    question: Question,
    companyName: string,
  ): Reply | Refusal {
    const text = this.#text;
    if (question.choice !== null) return 'otherChoice';
    if (!question.isFirst || !question.followsOwnLine || question.held.length > 0) return 'context';
    if (speechHabits(language) === null) return 'language';
    if (text.length > MOST_CHARS || !WHOLE.test(text.trim())) return 'cutOff';
    const lines = [flow.about, flow.say ?? '', flow.ask ?? '', ...flow.choices.map(each => each.description)];
    const known = [companyName, ...lines].join('\n');
    const theirs = [said ?? '', ...history.filter(({ role }) => role === 'caller').map(each => each.text)];
    if (tellsNumberOfItsOwn(text, known, language) || takesUp(text, theirs, known, language))
      return 'personal';
    return { kind: 'words', text };
  }

  #spend({ model, inputTokens, outputTokens, costUsd }: Extract<ModelEvent, { type: 'usage' }>): void {
    const before = this.#spent ?? { inputTokens: 0, outputTokens: 0, costUsd: 0 };
    this.#spent = {
      model,
      inputTokens: before.inputTokens + inputTokens,
      outputTokens: before.outputTokens + outputTokens,
      costUsd: costUsd === null || before.costUsd === null ? null : before.costUsd + costUsd,
    };
  }
}
