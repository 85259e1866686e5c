import type { AnyMachineSnapshot } from 'xstate';
import type { Facts, FlowEvent } from '../../../machines/flow.ts';
import {
  choicesBy,
  type FlowChoice,
  type FlowView,
  flowInfo,
  type Slot,
} from '../../../machines/flow-view.ts';
import { someDigits } from '../phrases.ts';

/** What a caller or the world may do where a flow stands, and what a scenario must hold for it. */
export type Move =
  | { kind: 'says'; event: FlowEvent; choice: FlowChoice; facts: Facts }
  | { kind: 'keys'; event: FlowEvent; keys: string }
  /** `isReal`: the tool answers so by itself. */
  | { kind: 'toolAnswers'; event: FlowEvent; tool: string; answer: Record<string, unknown>; isReal: boolean }
  | { kind: 'toolFails'; event: FlowEvent; tool: string }
  | { kind: 'nobodyTakesCall'; event: FlowEvent };

/** Runs a tool as the product would; null when it cannot. */
export type Ask = (tool: string, input: Record<string, string>) => Promise<Record<string, unknown> | null>;

/** What a caller would say for a text that nobody has thought of. */
const SOME_TEXT = 'something';
/** More values of one slot are not tried. */
const MOST_VALUES = 6;

/** Every move that is open where the flow stands. */
export async function movesAt(snapshot: AnyMachineSnapshot, view: FlowView, ask: Ask): Promise<Move[]> {
  if (view.tool) return toolMoves(snapshot, view.tool, ask);
  const transfer: Move[] =
    view.afterwards === 'transfer' ? [{ kind: 'nobodyTakesCall', event: { type: 'transfer.failed' } }] : [];
  // Who hears that he is being passed on, or hung up on, must cut in to say something.
  const mayCutIn = view.afterwards === null || (view.afterwards === 'hangUp' && !view.uninterruptible);
  return mayCutIn ? [...transfer, ...callerMoves(view)] : transfer;
}

function callerMoves({ choices }: FlowView): Move[] {
  const said = choicesBy(choices, 'voice').flatMap(choice =>
    factsFor(choice).map((facts): Move => ({ kind: 'says', event: eventOf(choice, facts), choice, facts })),
  );
  const keyed = choices
    .filter(({ by }) => by === 'keypad')
    .flatMap(choice =>
      factsFor(choice).flatMap((facts): Move[] => {
        const keys = choice.phrases[0]?.replace(/\{(\w+)\}/g, (_, name: string) => facts[name] ?? '') ?? '';
        return /^\d+$/.test(keys) ? [{ kind: 'keys', event: eventOf(choice, facts), keys }] : [];
      }),
    );
  return [...said, ...keyed];
}

function eventOf({ event }: FlowChoice, facts: Facts): FlowEvent {
  return { type: event as `caller.${string}`, facts };
}

/** The facts that the choice may catch: each value of each slot once. */
function factsFor({ slots }: FlowChoice): Facts[] {
  const names = Object.keys(slots);
  const first = Object.fromEntries(names.map(name => [name, valuesOf(slots[name] as Slot)[0] ?? '']));
  const others = names.flatMap(name =>
    valuesOf(slots[name] as Slot)
      .slice(1)
      .map(value => ({ ...first, [name]: value })),
  );
  return [first, ...others];
}

function valuesOf(slot: Slot): string[] {
  if (slot.type === 'digits') return [someDigits(slot.length)];
  if (slot.type === 'text') return [SOME_TEXT];
  return Object.keys(slot.values).slice(0, MOST_VALUES);
}

async function toolMoves(
  snapshot: AnyMachineSnapshot,
  { name, input }: NonNullable<FlowView['tool']>,
  ask: Ask,
): Promise<Move[]> {
  const succeeds = (answer: Record<string, unknown>, isReal: boolean): Move => ({
    kind: 'toolAnswers',
    event: { type: 'tool.succeeded', tool: name, result: answer },
    tool: name,
    answer,
    isReal,
  });
  const real = await ask(name, input);
  return [
    ...(real ? [succeeds(real, true)] : []),
    ...answersFor(snapshot, name).map(answer => succeeds(answer, false)),
    { kind: 'toolFails', event: { type: 'tool.failed', tool: name, error: 'no answer' }, tool: name },
  ];
}

/** Results that the guards of the state's transitions ask for, and the opposite of each. */
function answersFor(snapshot: AnyMachineSnapshot, tool: string): Record<string, unknown>[] {
  const facts = Object.entries(flowInfo(snapshot.machine).facts)
    .filter(([, { from }]) => from === tool)
    .map(([name, fact]): [string, unknown] => {
      if (fact.type === 'digits') return [name, someDigits(fact.length)];
      return [name, fact.type === 'oneOf' ? Object.keys(fact.values)[0] : SOME_TEXT];
    });
  const known = Object.fromEntries(facts);
  const wanted = snapshot._nodes.flatMap(node =>
    (node.transitions.get('tool.succeeded') ?? []).flatMap(({ guard }) => {
      const { type, params } = (guard ?? {}) as { type?: string; params?: Record<string, unknown> };
      return type === 'resultIs' && params ? [params] : [];
    }),
  );
  return [
    ...wanted.flatMap(params => [
      { ...known, ...params },
      { ...known, ...opposite(params) },
    ]),
    known,
  ];
}

function opposite(values: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => {
      if (typeof value === 'boolean') return [name, !value];
      return [name, typeof value === 'number' ? value + 1 : `not ${String(value)}`];
    }),
  );
}
