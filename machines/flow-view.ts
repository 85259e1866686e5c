import type { AnyMachineSnapshot, AnyStateMachine } from 'xstate';
import type {
  AnsweredBy,
  Facts,
  FactType,
  FlowChoiceMeta,
  FlowContext,
  FlowInfo,
  FlowStateMeta,
  Language,
  Line,
  Listening,
  ModelWish,
} from './flow.ts';
import { phrasesIn } from './phrases.ts';

/** What a slot of a choice catches. */
export type Slot = { description: string } & (
  | { type: 'digits'; length?: number }
  /** By value: the phrases that mean it, in the call's language. */
  | { type: 'oneOf'; values: Readonly<Record<string, readonly string[]>> }
  | { type: 'text' }
);

/** What the caller's words may do where the flow stands. */
export interface FlowChoice {
  event: string;
  description: string;
  /** Of the phrases. */
  language: Language;
  phrases: readonly string[];
  /** By the fact that the slot catches. */
  slots: Readonly<Record<string, Slot>>;
  by?: AnsweredBy;
  confirms?: boolean;
}

/** A flow at one moment, as the language model and the recogniser see it. */
export interface FlowView {
  flow: string;
  /** What the flow is for: its chart's description. */
  about: string;
  /** That of the lines and phrases: one that the flow speaks. */
  language: Language;
  /** Dotted path of the active state. */
  state: string;
  say: string | null;
  ask: string | null;
  /** What is to be found out here, with what it is. */
  collects: Readonly<Record<string, string>>;
  tool: { name: string; input: Record<string, string> } | null;
  choices: readonly FlowChoice[];
  listen: Listening;
  uninterruptible: boolean;
  afterwards: 'hangUp' | 'transfer' | null;
  improvise: boolean;
  model: ModelWish | null;
  tools: readonly string[];
  facts: Facts;
}

/** What a chart says about itself. */
export function flowInfo(machine: AnyStateMachine): Required<FlowInfo> {
  const { languages = ['en'], facts = {} } = (machine.root.meta ?? {}) as FlowInfo;
  return { languages, facts };
}

/** The language that the flow speaks with a caller of `language`, a BCP-47 tag. */
export function languageOf({ languages }: Required<FlowInfo>, language: string): Language {
  const primary = language.split('-')[0] as string;
  return languages.includes(primary) ? primary : (languages[0] ?? 'en');
}

/** Reads a flow's snapshot: the active leaf's `meta`, with facts filled in, and every choice open there. */
export function viewFlow(snapshot: AnyMachineSnapshot, tag: string): FlowView {
  const leaf = deepestNode(snapshot);
  const meta = (leaf.meta ?? {}) as FlowStateMeta;
  const facts = (snapshot.context as FlowContext).facts;
  const info = flowInfo(snapshot.machine);
  const language = languageOf(info, tag);
  const line = (written: Line | undefined) =>
    written === undefined ? null : fillIn(lineIn(language, written, info), facts, info, language);
  const say = line(meta.say);

  return {
    flow: snapshot.machine.id,
    about: snapshot.machine.root.description ?? '',
    language,
    state: leaf.path.join('.'),
    say,
    ask: line(meta.ask) ?? say,
    collects: Object.fromEntries(
      (meta.collects ?? []).map(fact => [fact, info.facts[fact]?.description ?? fact]),
    ),
    tool: meta.tool ? { name: meta.tool.name, input: pickFacts(meta.tool.input, facts) } : null,
    choices: openChoices(snapshot, leaf, info, language),
    listen: meta.listen ?? 'normal',
    uninterruptible: meta.uninterruptible ?? false,
    afterwards: meta.afterwards ?? null,
    improvise: meta.improvise ?? false,
    model: meta.model ?? null,
    tools: meta.tools ?? [],
    facts,
  };
}

/** The choices that words which came this way can make. One that asks for the way goes before those that do not. */
export function choicesBy(choices: readonly FlowChoice[], by: AnsweredBy): readonly FlowChoice[] {
  const special = choices.filter(choice => choice.by === by);
  return special.length > 0 ? special : choices.filter(choice => choice.by === undefined);
}

/** The slots that every phrase of the choice has: without them it has not been made. */
export function requiredSlots({ phrases, slots }: FlowChoice): string[] {
  return Object.keys(slots).filter(name => phrases.every(phrase => phrase.includes(`{${name}}`)));
}

/** Says what is wrong with the facts of a choice, or null: whoever chooses may be a language model. */
export function wrongFact({ slots }: FlowChoice, facts: Facts): string | null {
  for (const [name, value] of Object.entries(facts)) {
    const slot = slots[name];
    if (!slot) return `${name} is none of its facts`;
    if (slot.type === 'digits' && !isDigits(value, slot.length))
      return `${name} is not ${digitsWanted(slot)}`;
    if (slot.type === 'oneOf' && !Object.hasOwn(slot.values, value))
      return `${name} is not one of its values`;
  }
  return null;
}

function isDigits(value: string, length: number | undefined): boolean {
  return /^\d+$/.test(value) && (length === undefined || value.length === length);
}

function digitsWanted({ length }: { length?: number }): string {
  return length === undefined ? 'digits' : `${length} digits`;
}

type Node = AnyMachineSnapshot['_nodes'][number];

function deepestNode(snapshot: AnyMachineSnapshot): Node {
  return snapshot._nodes.reduce((deepest, node) => (node.path.length > deepest.path.length ? node : deepest));
}

function openChoices(
  snapshot: AnyMachineSnapshot,
  leaf: Node,
  info: Required<FlowInfo>,
  language: Language,
): FlowChoice[] {
  const choices = new Map<string, FlowChoice>();
  for (let node: Node | undefined = leaf; node; node = node.parent) {
    for (const [event, transitions] of node.transitions) {
      if (choices.has(event)) continue;
      const choice = choiceOf(event, transitions, info, language);
      if (choice && snapshot.can({ type: event, facts: {} })) choices.set(event, choice);
    }
  }
  return [...choices.values()];
}

/** A chart's choices never change, and whoever matches phrases keeps what it has made of them. */
const made = new WeakMap<object, Map<Language, FlowChoice | null>>();

/** The choice that an event's transitions are, if they are one; the first with phrases speaks for all. */
export function choiceOf(
  event: string,
  transitions: readonly { meta?: unknown; description?: string | undefined }[],
  info: Required<FlowInfo>,
  language: Language,
): FlowChoice | null {
  const byLanguage = made.get(transitions) ?? new Map<Language, FlowChoice | null>();
  made.set(transitions, byLanguage);
  const known = byLanguage.get(language);
  if (known !== undefined) return known;
  const choice = makeChoice(event, transitions, info, language);
  byLanguage.set(language, choice);
  return choice;
}

function makeChoice(
  event: string,
  transitions: readonly { meta?: unknown; description?: string | undefined }[],
  info: Required<FlowInfo>,
  language: Language,
): FlowChoice | null {
  const meta = transitions.map(t => t.meta as FlowChoiceMeta | undefined).find(m => m?.phrases);
  if (!meta) return null;
  const phrases = phrasesIn(language, meta.phrases);
  const names = new Set(
    phrases.flatMap(phrase => [...phrase.matchAll(/\{(\w+)\}/g)].map(([, name]) => name as string)),
  );
  return {
    event,
    description: transitions.map(t => t.description).find(Boolean) ?? event,
    language,
    phrases,
    slots: Object.fromEntries([...names].map(name => [name, slotOf(name, info.facts[name], language)])),
    ...(meta.by && { by: meta.by }),
    ...(meta.confirms && { confirms: true }),
  };
}

function slotOf(name: string, fact: FactType | undefined, language: Language): Slot {
  if (!fact) return { type: 'text', description: name };
  const { description } = fact;
  if (fact.type === 'text') return { type: 'text', description };
  if (fact.type === 'digits')
    return { type: 'digits', description, ...(fact.length !== undefined && { length: fact.length }) };
  return { type: 'oneOf', description, values: valuesIn(language, fact.values) };
}

function valuesIn(
  language: Language,
  values: Extract<FactType, { type: 'oneOf' }>['values'],
): Record<string, readonly string[]> {
  return Object.fromEntries(
    Object.entries(values).map(([value, phrases]) => [value, phrasesIn(language, phrases)]),
  );
}

function lineIn(language: Language, line: Line, { languages }: Required<FlowInfo>): string {
  if (typeof line === 'string') return line;
  return line[language] ?? line[languages[0] as string] ?? Object.values(line)[0] ?? '';
}

function pickFacts(input: Readonly<Record<string, string>>, facts: Facts): Record<string, string> {
  return Object.fromEntries(Object.entries(input).map(([name, fact]) => [name, facts[fact] ?? '']));
}

function fillIn(line: string, facts: Facts, info: Required<FlowInfo>, language: Language): string {
  return line.replace(/\{(\w+)(:digits)?\}/g, (_, name: string, digits?: string) => {
    const value = facts[name] ?? '';
    return digits ? [...value].join(' ') : spoken(value, info.facts[name], language);
  });
}

/** A value that has words of its own is said in these. */
function spoken(value: string, fact: FactType | undefined, language: Language): string {
  const phrases = fact?.type === 'oneOf' ? fact.values[value] : undefined;
  return (phrases && phrasesIn(language, phrases)[0]) ?? value;
}
