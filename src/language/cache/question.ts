import type { Facts, FactType } from '../../../machines/flow.ts';
import { choicesBy, type FlowChoice } from '../../../machines/flow-view.ts';
import type { ModelRequest } from '../../../runtime/ports.ts';
import { hearingOf } from '../audio-quality.ts';
import { signOfInjection } from '../prompts/injection.ts';
import { normalWords } from './normal-words.ts';
import { saysWho } from './personal-text.ts';
import { standsAlone } from './stands-alone.ts';

/** Why a reply is neither looked up nor kept. Each names something that shapes the reply and is in no key. */
export type Bypass =
  /** A supervisor whispers. */
  | 'supervisor'
  /** The state waits for a tool, or lets the model call some. */
  | 'tools'
  /** Typed on the keypad: mostly a number. */
  | 'keys'
  /** Heard with little confidence, which the model is told, or too badly for any answer. */
  | 'unsure'
  /** The caller was not understood before, which the model is told. */
  | 'misunderstood'
  /** Nothing but courtesy. */
  | 'noWords'
  | 'tooLong'
  /** May say who the caller is. */
  | 'personal'
  /** Speaks to the instructions of the model. */
  | 'injection'
  /** Agrees to what was read back. */
  | 'confirms'
  /** May mean something that was said before. */
  | 'context';

/** A question that has the same answer for everybody who asks it where the flow stands. */
export interface Question {
  /** In their normal form. */
  words: readonly string[];
  /** The open choice that these words are, word for word, a phrase of. All such phrases are one question. */
  choice: string | null;
  /** Facts that are values of the flow's own, so that they say nothing about anybody; they are part of the question. */
  values: Facts;
  /** Names of all other facts that are known. Where there are any, words are neither kept nor given. */
  held: readonly string[];
  /** Nothing that this caller has said before is in what the model is asked. */
  isFirst: boolean;
  /** What was heard last was the state's own line, to its end. */
  followsOwnLine: boolean;
}

/**
 * How each part of a request is taken into account. Whoever adds one has to decide here: what shapes a reply is in the key, or
 * keeps the question from being one.
 */
export const CONSIDERED = {
  callId: 'names the flow, its version and the account; no model is told',
  turn: 'no model is told',
  step: 'only the first of a turn is a question',
  language: 'in the key',
  country: 'decides where a model is asked; no model is told',
  flow: 'state, open choices and the values of its own facts in the key; the rest by its version; other facts by name, and then no words',
  rounds: 'only without any is it a question',
  history:
    'words are kept only without any of the caller; other questions stand alone, or follow the flow’s own line',
  said: 'in the key, in normal form',
  by: 'in the key; keys are no question',
  confidence: 'bypassed where the model is told',
  audio: 'bypassed where the caller is asked to repeat; no model is told',
  misunderstood: 'bypassed above 0',
  notes: 'bypassed',
} as const satisfies Record<keyof ModelRequest, string>;

/** Below this the model is told that the words are doubtful. */
export const CLEAR_CONFIDENCE = 0.7;
const MOST_WORDS = 16;

/** Whether a caller's words wait for an answer: what the agent says by itself is no question. */
export function isQuestion({ said, step, rounds }: ModelRequest): boolean {
  return said !== null && step === 0 && rounds.length === 0;
}

/** What a flow says of itself that one state does not show. */
export interface KnownFlow {
  /** That it declares. */
  facts: Readonly<Record<string, FactType>>;
  /** Choices that are open wherever it stands. */
  everywhere: ReadonlySet<string>;
}

/** The question in a request, or why it is none that can be answered twice in the same way. */
export function readQuestion(request: ModelRequest, { facts, everywhere }: KnownFlow): Question | Bypass {
  const { flow, by, confidence, misunderstood, notes = [], history, language } = request;
  const said = request.said ?? '';
  if (notes.length > 0) return 'supervisor';
  if (flow.tool !== null || flow.tools.length > 0) return 'tools';
  if (by === 'keypad') return 'keys';
  if (by === 'voice' && confidence < CLEAR_CONFIDENCE) return 'unsure';
  if (hearingOf(request).as !== 'heard') return 'unsure';
  if (misunderstood > 0) return 'misunderstood';
  if (signOfInjection(said) !== null) return 'injection';
  const words = normalWords(said, language);
  if (words.length === 0) return 'noWords';
  if (words.length > MOST_WORDS) return 'tooLong';

  const choice = choiceNamedBy(words, request);
  if (choice?.confirms) return 'confirms';
  if (!choice && saysWho(said, words, language)) return 'personal';
  const isFirst = history.every(({ role }) => role === 'agent');
  const followsOwnLine = endsWithOwnLine(request);
  // Its author gives the phrase this meaning here; and everywhere, unless the model has asked something of its own.
  const isMeant =
    choice !== null && (followsOwnLine || (everywhere.has(choice.event) && !endsWithQuestion(history)));
  const isClear = isFirst || isMeant || standsAlone(words, language);
  if (!isClear) return 'context';
  return { words, choice: choice?.event ?? null, ...factsIn(flow.facts, facts), isFirst, followsOwnLine };
}

/** A choice that says nothing beside itself: no slot to fill, nothing agreed to. */
export function isPlainChoice({ slots, confirms }: FlowChoice): boolean {
  return Object.keys(slots).length === 0 && confirms !== true;
}

/** The open choice of which the words are a phrase, if they are that of one alone. */
function choiceNamedBy(words: readonly string[], { flow, by, language }: ModelRequest): FlowChoice | null {
  const said = words.join(' ');
  const named = choicesBy(flow.choices, by).filter(choice => phrasesOf(choice, language).has(said));
  return named.length === 1 ? named[0]! : null;
}

/** Choices are made once for a chart, so what was made of them lasts. */
const normalPhrases = new WeakMap<FlowChoice, Map<string, ReadonlySet<string>>>();

function phrasesOf(choice: FlowChoice, language: string): ReadonlySet<string> {
  const byLanguage = normalPhrases.get(choice) ?? new Map<string, ReadonlySet<string>>();
  normalPhrases.set(choice, byLanguage);
  let phrases = byLanguage.get(language);
  if (!phrases) {
    const plain = choice.phrases.filter(phrase => !phrase.includes('{'));
    phrases = new Set(plain.map(phrase => normalWords(phrase, language).join(' ')).filter(Boolean));
    byLanguage.set(language, phrases);
  }
  return phrases;
}

function endsWithQuestion(history: ModelRequest['history']): boolean {
  return /[?？]\P{L}*$/u.test(history.at(-1)?.text ?? '');
}

function endsWithOwnLine({ history, flow, language }: ModelRequest): boolean {
  const last = history.at(-1);
  if (last?.role !== 'agent') return last === undefined;
  const heard = normalWords(last.text, language).join(' ');
  return [flow.say, flow.ask].some(line => {
    const own = line === null ? '' : normalWords(line, language).join(' ');
    return own !== '' && heard.endsWith(own);
  });
}

function factsIn(
  known: Facts,
  declared: Readonly<Record<string, FactType>>,
): Pick<Question, 'values' | 'held'> {
  const values: Facts = {};
  const held: string[] = [];
  for (const name of Object.keys(known).sort()) {
    const type = Object.hasOwn(declared, name) ? declared[name] : undefined;
    const value = known[name] as string;
    if (type?.type === 'oneOf' && !type.personal && Object.hasOwn(type.values, value)) values[name] = value;
    else held.push(name);
  }
  return { values, held };
}
