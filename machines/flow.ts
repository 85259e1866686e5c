import { assign, setup } from 'xstate';

/**
 * All that a flow file may import. A flow is an XState chart that says what a conversation is about: its states say
 * things and wait; its transitions are the choices that the caller's words can make. `flow.createMachine({ … })` makes
 * one; everything a flow needs has a name here, so that a flow can as well be JSON.
 */
export const flow = setup({
  types: {
    context: {} as FlowContext,
    events: {} as FlowEvent,
    meta: {} as FlowMeta,
  },
  actions: {
    /** Keeps what the choice caught, or the words and numbers of the tool's result. */
    noteFacts: assign({ facts: ({ context, event }) => factsAfter(context.facts, event) }),
    forgetFacts: assign({
      facts: ({ context }, { facts }: { facts: readonly string[] }) =>
        Object.fromEntries(Object.entries(context.facts).filter(([fact]) => !facts.includes(fact))),
    }),
    /** Stays in the state, so that its line is said once more. */
    sayAgain: () => {},
  },
  guards: {
    /** The event brings this value for the fact, or the fact has it already. */
    factIs: ({ context, event }, { fact, value }: { fact: string; value: string | readonly string[] }) =>
      [value].flat().includes(factsAfter(context.facts, event)[fact] ?? ''),
    knowsFacts: ({ context, event }, { facts }: { facts: readonly string[] }) => {
      const known = factsAfter(context.facts, event);
      return facts.every(fact => (known[fact] ?? '') !== '');
    },
    /** The tool's result has all these values. */
    resultIs: ({ event }, wanted: Record<string, string | number | boolean>) =>
      event.type === 'tool.succeeded' &&
      Object.entries(wanted).every(([field, value]) => event.result[field] === value),
    /** The tool changes something, and failed in a way that leaves open whether it has: it must not be offered again. */
    mayBeDone: ({ event }) => event.type === 'tool.failed' && event.mayBeDone === true,
  },
});

/** Primary tag of a BCP-47 language: `en`, `es`. */
export type Language = string;

/** What the agent says: in the flow's only language, or in each. `{fact}` is replaced by the fact, `{fact:digits}` reads it out digit by digit. */
export type Line = string | Readonly<Record<Language, string>>;

/**
 * What a caller might say: lower case, no punctuation. `{fact}` is a slot, which catches the fact; `@yes` stands for a
 * whole list of machines/phrases.ts.
 */
export type Phrases = readonly string[] | Readonly<Record<Language, readonly string[]>>;

/** `meta` of the chart itself. */
export interface FlowInfo {
  /** The first is spoken where the caller's own is not among them. Default English alone. */
  languages?: readonly Language[];
  /** Everything that the conversation finds out, by name. */
  facts?: Readonly<Record<string, FactType>>;
}

export type FactType = {
  /** For the language model and for people who read the record. */
  description: string;
  /** Says something about the caller as a person: redacted where records are. */
  personal?: boolean;
  /** The tool that brings it. Facts without are the caller's to give. */
  from?: string;
} & (
  | { type: 'digits' /** Exactly so many; any number when absent. */; length?: number }
  /** One of these values; each with what a caller says for it, the usual word first. */
  | { type: 'oneOf'; values: Readonly<Record<string, Phrases>> }
  /** Any words. Phrases without a language model catch it only between words of their own. */
  | { type: 'text' }
);

/** How the caller's turn is taken in a state. The names are profiles of the call chart. */
export type Listening = 'normal' | 'digits' | 'patient';

/** How much of a language model a state needs: the quickest, the usual one, or one that thinks further. */
export type ModelWish = 'fast' | 'balanced' | 'deep';

/** `meta` of a flow state. */
export interface FlowStateMeta {
  /** Said on arrival. */
  say?: Line;
  /** Said when the caller's answer was not understood; defaults to `say`. */
  ask?: Line;
  /** The facts that are to be found out here. */
  collects?: readonly string[];
  /** Called on arrival; `say` fills the wait. Values are fact names. */
  tool?: { name: string; input: Readonly<Record<string, string>> };
  listen?: Listening;
  /** May not be interrupted (a disclosure). What the caller says meanwhile is kept. */
  uninterruptible?: boolean;
  /** What the call does once `say` has been heard. */
  afterwards?: 'hangUp' | 'transfer';
  /** The language model puts `say` into words of its own; otherwise it is said as it is written. */
  improvise?: boolean;
  /** How able a model the state needs; the least that serves when absent. */
  model?: ModelWish;
  /** Tools that the language model may call here by itself. */
  tools?: readonly string[];
  /** The name of a flow of flows/parts/ that takes place inside this state. Its end leads to `onDone`. */
  subflow?: string;
}

/** `meta` of a flow transition. The transition's `description` is what the language model chooses by. */
export interface FlowChoiceMeta {
  phrases: Phrases;
  /** Only for words that came this way. Leave it out for a choice that can be made in any way. */
  by?: AnsweredBy;
  /**
   * The caller has agreed to what was read back: what follows may change something in the world. Words that were begun before
   * the caller heard anything of the state never make this choice.
   */
  confirms?: boolean;
}

/** How the caller's words came: spoken words can be misheard, keys cannot. */
export type AnsweredBy = 'voice' | 'keypad' | 'text';

/** What a flow's `setup` names as its `meta`. */
export type FlowMeta = FlowInfo | FlowStateMeta | FlowChoiceMeta;

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
  | { type: 'tool.failed'; tool: string; error: string; mayBeDone?: true }
  /** Nobody took the call: a state with `afterwards: 'transfer'` must lead on from here. */
  | { type: 'transfer.failed' };

/**
 * The facts once `event` is taken in: those that a choice caught, or the words and numbers of a tool's result. For the
 * `assign` of a flow that does more than `noteFacts`.
 */
export function factsAfter(facts: Facts, event: FlowEvent): Facts {
  const news = 'facts' in event ? event.facts : 'result' in event ? event.result : {};
  const sayable = Object.entries(news).filter(([, value]) => ['string', 'number'].includes(typeof value));
  return { ...facts, ...Object.fromEntries(sayable.map(([name, value]) => [name, String(value)])) };
}
