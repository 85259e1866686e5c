import { type AnyMachineSnapshot, type AnyStateMachine, createActor } from 'xstate';
import type { FlowEvent } from '../../../machines/flow.ts';
import { type FlowChoice, flowInfo, type Slot, viewFlow } from '../../../machines/flow-view.ts';

/** What a tool may answer: by the tool's name. */
export type ToolAnswers = Readonly<Record<string, readonly Record<string, unknown>[]>>;

/**
 * Every state that choices, tools and transfers lead to, each with a snapshot for every set of facts known there, so that
 * each guard is met both ways.
 */
export function reachable(machine: AnyStateMachine, answers: ToolAnswers): AnyMachineSnapshot[] {
  const { languages } = flowInfo(machine);
  const found = new Map<string, AnyMachineSnapshot>();
  const first = createActor(machine);
  const toVisit = [first.getSnapshot() as AnyMachineSnapshot];
  for (let at = toVisit.pop(); at; at = toVisit.pop()) {
    const { state, facts } = viewFlow(at, 'en');
    const key = `${state} ${Object.keys(facts).sort()} ${facts.wish ?? ''}`;
    if (found.has(key)) continue;
    found.set(key, at);
    for (const event of eventsAt(at, languages[0] ?? 'en', answers)) toVisit.push(after(machine, at, event));
  }
  return [...found.values()];
}

/** The snapshot that follows. */
export function after(
  machine: AnyStateMachine,
  snapshot: AnyMachineSnapshot,
  event: FlowEvent,
): AnyMachineSnapshot {
  const actor = createActor(machine, { snapshot });
  actor.start();
  actor.send(event);
  const next = actor.getSnapshot() as AnyMachineSnapshot;
  actor.stop();
  return next;
}

/** All that may happen in a state: every value of every choice, every answer of its tool. */
function eventsAt(at: AnyMachineSnapshot, language: string, answers: ToolAnswers): FlowEvent[] {
  const view = viewFlow(at, language);
  const choices = view.choices.flatMap(choice =>
    factsFor(choice).map((facts): FlowEvent => ({ type: choice.event as `caller.${string}`, facts })),
  );
  const tool = view.tool?.name;
  const results = (tool === undefined ? [] : (answers[tool] ?? [])).map(
    (result): FlowEvent => ({ type: 'tool.succeeded', tool: tool as string, result }),
  );
  const outside: FlowEvent[] = [
    ...results,
    { type: 'tool.failed', tool: tool ?? '', error: 'timed out' },
    { type: 'transfer.failed' },
  ];
  return [...choices, ...outside.filter(event => at.can(event))];
}

/** One set of facts for each value that its first slot may have. */
function factsFor({ slots }: FlowChoice): Record<string, string>[] {
  const [first, ...others] = Object.entries(slots);
  if (!first) return [{}];
  const rest = Object.fromEntries(others.map(([name, slot]) => [name, valuesOf(slot)[0] as string]));
  return valuesOf(first[1]).map(value => ({ ...rest, [first[0]]: value }));
}

function valuesOf(slot: Slot): string[] {
  if (slot.type === 'oneOf') return Object.keys(slot.values);
  return slot.type === 'digits' ? ['1234567890'.slice(0, slot.length ?? 4)] : ['ann lee'];
}
