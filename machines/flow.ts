import type { AnyMachineSnapshot } from 'xstate';

/**
 * A flow is an XState chart that says what a conversation is about. Its states say things and wait; its transitions
 * are the choices that the caller's words can make. This file is what a flow file may import.
 */

/** How the caller's turn is taken in a state. The names are profiles of the call chart. */
export type Listening = 'normal' | 'digits' | 'patient';

/** How much of a language model a state needs: the quickest, the usual one, or one that thinks further. */
export type ModelWish = 'fast' | 'balanced' | 'deep';

/** `meta` of a flow state. */
export interface FlowStateMeta {
  /** Said on arrival. `{fact}` is replaced by the fact, `{fact:digits}` reads it out digit by digit. */
  say?: string;
  /** Said when the caller's answer was not understood; defaults to `say`. */
  ask?: string;
  /** Called on arrival; `say` fills the wait. Values are fact names. */
  tool?: { name: string; input: Record<string, string> };
  listen?: Listening;
  /** May not be interrupted (a disclosure). What the caller says meanwhile is kept. */
  uninterruptible?: boolean;
  /** What the call does once `say` has been heard. */
  afterwards?: 'hangUp' | 'transfer';
  /** The language model puts `say` into words of its own; otherwise it is said as it is written. */
  improvise?: boolean;
  /** How able a model the state needs; the least that serves when absent. */
  model?: 'fast' | 'balanced' | 'deep';
  /** Tools that the language model may call here by itself. */
  tools?: readonly string[];
}

/** `meta` of a flow transition. */
export interface FlowChoiceMeta {
  /** What a caller might say to take it: lower case, no punctuation, `{slot}` for what varies. */
  phrases: readonly string[];
  /** Slot names and what they catch. The caught text becomes the fact of that name. */
  slots?: Record<string, 'digits'>;
  /** How many characters a slot catches, where that is known: the caller who has given fewer has not finished. */
  lengths?: Record<string, number>;
  /** Only for words that came this way. Leave it out for a choice that can be made in any way. */
  by?: AnsweredBy;
}

/** How the caller's words came: spoken words can be misheard, keys cannot. */
export type AnsweredBy = 'voice' | 'keypad' | 'text';

/** What a flow's `setup` names as its `meta`. */
export type FlowMeta = FlowStateMeta | FlowChoiceMeta;

/** Facts the conversation has collected. */
export type Facts = Record<string, string>;

/** Every flow keeps its facts here and may keep more. */
export interface FlowContext {
  facts: Facts;
}

/** What a flow is sent. */
export type FlowEvent =
  | { type: `caller.${string}`; facts: Facts }
  | { type: 'tool.succeeded'; tool: string; result: Record<string, unknown> }
  | { type: 'tool.failed'; tool: string; error: string }
  /** Nobody took the call: a state with `afterwards: 'transfer'` must lead on from here. */
  | { type: 'transfer.failed' };

export interface FlowChoice {
  event: string;
  description: string;
  phrases: readonly string[];
  slots: Record<string, 'digits'>;
  lengths?: Record<string, number>;
  by?: AnsweredBy;
}

/** A flow at one moment, as the language model and the recogniser see it. */
export interface FlowView {
  flow: string;
  /** Dotted path of the active state. */
  state: string;
  say: string | null;
  ask: string | null;
  tool: { name: string; input: Record<string, string> } | null;
  choices: readonly FlowChoice[];
  listen: Listening;
  uninterruptible: boolean;
  afterwards: 'hangUp' | 'transfer' | null;
  improvise: boolean;
  model: 'fast' | 'balanced' | 'deep' | null;
  tools: readonly string[];
  facts: Facts;
}

/** Reads a flow's snapshot: the active leaf's `meta`, with facts filled in, and every choice open there. */
export function viewFlow(snapshot: AnyMachineSnapshot): FlowView {
  const leaf = deepestNode(snapshot);
  const meta = (leaf.meta ?? {}) as FlowStateMeta;
  const facts = (snapshot.context as FlowContext).facts;
  const say = meta.say === undefined ? null : fillIn(meta.say, facts);

  return {
    flow: snapshot.machine.id,
    state: leaf.path.join('.'),
    say,
    ask: meta.ask === undefined ? say : fillIn(meta.ask, facts),
    tool: meta.tool ? { name: meta.tool.name, input: pickFacts(meta.tool.input, facts) } : null,
    choices: openChoices(snapshot, leaf),
    listen: meta.listen ?? 'normal',
    uninterruptible: meta.uninterruptible ?? false,
    afterwards: meta.afterwards ?? null,
    improvise: meta.improvise ?? false,
    model: meta.model ?? null,
    tools: meta.tools ?? [],
    facts,
  };
}

/** Every phrase that may be spoken in the view: the recogniser's grammar. */
export function expectedPhrases(view: FlowView): string[] {
  return [...new Set(choicesBy(view.choices, 'voice').flatMap(choice => choice.phrases))];
}

/** The choices that words which came this way can make. One that asks for the way goes before those that do not. */
export function choicesBy(choices: readonly FlowChoice[], by: AnsweredBy): readonly FlowChoice[] {
  const special = choices.filter(choice => choice.by === by);
  return special.length > 0 ? special : choices.filter(choice => choice.by === undefined);
}

/**
 * The facts once `event` is taken in: those that a choice caught, or the words and numbers of a tool's result. For a
 * flow's `assign`.
 */
export function factsAfter(facts: Facts, event: FlowEvent): Facts {
  const news = 'facts' in event ? event.facts : 'result' in event ? event.result : {};
  const sayable = Object.entries(news).filter(([, value]) => ['string', 'number'].includes(typeof value));
  return { ...facts, ...Object.fromEntries(sayable.map(([name, value]) => [name, String(value)])) };
}

type Node = AnyMachineSnapshot['_nodes'][number];

function deepestNode(snapshot: AnyMachineSnapshot): Node {
  return snapshot._nodes.reduce((deepest, node) => (node.path.length > deepest.path.length ? node : deepest));
}

function openChoices(snapshot: AnyMachineSnapshot, leaf: Node): FlowChoice[] {
  const choices = new Map<string, FlowChoice>();
  for (let node: Node | undefined = leaf; node; node = node.parent) {
    for (const [event, transitions] of node.transitions) {
      const meta = transitions.map(t => t.meta as FlowChoiceMeta | undefined).find(m => m?.phrases);
      if (!meta || choices.has(event) || !snapshot.can({ type: event, facts: {} })) continue;
      const description = transitions.map(t => t.description).find(Boolean) ?? event;
      const { phrases, slots = {}, ...limits } = meta;
      choices.set(event, { event, description, phrases, slots, ...limits });
    }
  }
  return [...choices.values()];
}

function pickFacts(input: Record<string, string>, facts: Facts): Record<string, string> {
  return Object.fromEntries(Object.entries(input).map(([name, fact]) => [name, facts[fact] ?? '']));
}

function fillIn(line: string, facts: Facts): string {
  return line.replace(/\{(\w+)(:digits)?\}/g, (_, fact: string, digits?: string) => {
    const value = facts[fact] ?? '';
    return digits ? [...value].join(' ') : value;
  });
}
