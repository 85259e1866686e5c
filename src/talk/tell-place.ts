import { type FlowView, flowInfo, type Slot } from '../../machines/flow-view.ts';
import type { Conversation } from './conversation.ts';

/** More phrases of a choice are only counted. */
const MOST_PHRASES = 8;

/** Where the flow and the call stand. */
export function tellState({ flow, state, call }: Conversation): string[] {
  const node = nodeOf(call.flowSnapshot().machine.root, flow.state);
  return [
    `flow     ${flow.state}${node?.description ? `: ${node.description}` : ''}`,
    `call     ${state}`,
    ...(flow.say === null ? [] : [`says     “${flow.say}”`]),
    ...(flow.ask === null || flow.ask === flow.say ? [] : [`asks     “${flow.ask}”`]),
    ...(flow.tool ? [`tool     ${flow.tool.name} ${JSON.stringify(flow.tool.input)}`] : []),
    ...(flow.listen === 'normal' ? [] : [`listens  ${flow.listen}`]),
    ...(flow.uninterruptible ? ['hears    nobody while it says this'] : []),
    ...(flow.afterwards ? [`then     ${flow.afterwards === 'hangUp' ? 'hangs up' : 'transfers'}`] : []),
    ...Object.entries(flow.collects).map(([fact, what]) => `collects ${fact}: ${what}`),
  ];
}

/** What may be chosen here, with what it is and how it is said. */
export function tellChoices({ choices, state }: FlowView): string[] {
  if (choices.length === 0) return [`Nothing may be chosen in ${state}.`];
  return choices.flatMap(({ event, by, description, phrases, slots }) => {
    const more = phrases.length - MOST_PHRASES;
    const shown = phrases.slice(0, MOST_PHRASES).join(' | ');
    return [
      `${event.replace(/^caller\./, '')}${by ? ` (by ${by})` : ''}: ${description}`,
      `    ${shown}${more > 0 ? ` | and ${more} more` : ''}`,
      ...Object.entries(slots).map(([name, slot]) => `    {${name}}: ${tellSlot(slot)}`),
    ];
  });
}

/** What is known, and what the flow knows of besides. */
export function tellFacts({ flow, call }: Conversation): string[] {
  const { facts } = flowInfo(call.flowSnapshot().machine);
  const names = [...new Set([...Object.keys(facts), ...Object.keys(flow.facts)])];
  if (names.length === 0) return ['The flow knows of no facts.'];
  return names.map(name => {
    const value = flow.facts[name];
    const what = facts[name]?.description;
    return `${name.padEnd(16)} ${value === undefined ? '–' : value}${what ? `   (${what})` : ''}`;
  });
}

function tellSlot(slot: Slot): string {
  if (slot.type === 'digits') return slot.length === undefined ? 'digits' : `${slot.length} digits`;
  if (slot.type === 'text') return 'any words';
  return Object.entries(slot.values)
    .map(([value, phrases]) => `${value} (${phrases[0] ?? ''})`)
    .join(', ');
}

interface Node {
  description?: string | undefined;
  states: Readonly<Record<string, Node>>;
}

function nodeOf(root: Node, state: string): Node | undefined {
  let node: Node | undefined = root;
  for (const key of state.split('.')) node = node?.states[key];
  return node;
}
