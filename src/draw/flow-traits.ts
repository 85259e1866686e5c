import type { AnyStateMachine, AnyStateNode } from 'xstate';

/** What a conversation designer wants to see of a flow's state. */
export interface FlowTraits {
  /** The line said on arrival, in the flow's first language; empty when nothing is said. */
  says: string;
  /** What else is particular to the state, shortest words first to be read. */
  tags: readonly FlowTag[];
  /** Name of the part that takes place here; empty when none does. */
  subflow: string;
}

export interface FlowTag {
  kind: 'tool' | 'fact' | 'floor' | 'end' | 'model';
  text: string;
}

type Meta = Readonly<Record<string, unknown>>;

/** A flow's states say something, or its transitions are choices with phrases. */
export function isFlow(machine: AnyStateMachine): boolean {
  const nodes = nodesBelow(machine.root);
  return nodes.some(
    node =>
      ['say', 'ask', 'subflow'].some(key => key in metaOf(node)) ||
      [...node.transitions.values()].flat().some(({ meta }) => Boolean((meta as Meta | undefined)?.phrases)),
  );
}

/** Reads a state's `meta` leniently: what cannot be read is not drawn, and checking it is not drawing's business. */
export function traitsOf(node: AnyStateNode): FlowTraits {
  const meta = metaOf(node);
  const language = firstLanguage(metaOf(node.machine.root));
  const subflow = typeof meta.subflow === 'string' ? meta.subflow : '';
  return {
    says: lineIn(language, meta.say) || lineIn(language, meta.ask),
    tags: [...endTags(meta), ...toolTags(meta), ...floorTags(meta), ...modelTags(meta)],
    subflow,
  };
}

function endTags({ afterwards }: Meta): FlowTag[] {
  if (afterwards === 'hangUp') return [{ kind: 'end', text: 'then hangs up' }];
  if (afterwards === 'transfer') return [{ kind: 'end', text: 'then transfers' }];
  return [];
}

function toolTags({ tool, collects, tools }: Meta): FlowTag[] {
  const tags: FlowTag[] = [];
  if (isMeta(tool)) {
    const inputs = isMeta(tool.input) ? Object.keys(tool.input).join(', ') : '';
    tags.push({ kind: 'tool', text: `${String(tool.name)}(${inputs})` });
  }
  if (namesIn(tools)) tags.push({ kind: 'tool', text: `may call ${namesIn(tools)}` });
  if (namesIn(collects)) tags.push({ kind: 'fact', text: `collects ${namesIn(collects)}` });
  return tags;
}

function floorTags({ uninterruptible, listen }: Meta): FlowTag[] {
  const tags: FlowTag[] = [];
  if (uninterruptible === true) tags.push({ kind: 'floor', text: 'uninterruptible' });
  if (typeof listen === 'string' && listen !== 'normal')
    tags.push({ kind: 'floor', text: listen === 'digits' ? 'listens for digits' : `listens: ${listen}` });
  return tags;
}

function modelTags({ improvise, model }: Meta): FlowTag[] {
  const tags: FlowTag[] = [];
  if (improvise === true) tags.push({ kind: 'model', text: 'in its own words' });
  if (typeof model === 'string') tags.push({ kind: 'model', text: `${model} model` });
  return tags;
}

function lineIn(language: string, line: unknown): string {
  if (typeof line === 'string') return line;
  if (!isMeta(line)) return '';
  const said = line[language] ?? Object.values(line)[0];
  return typeof said === 'string' ? said : '';
}

function firstLanguage({ languages }: Meta): string {
  return Array.isArray(languages) && typeof languages[0] === 'string' ? languages[0] : 'en';
}

function namesIn(value: unknown): string {
  return Array.isArray(value) ? value.join(', ') : '';
}

function metaOf(node: AnyStateNode): Meta {
  return isMeta(node.meta) ? node.meta : {};
}

function isMeta(value: unknown): value is Meta {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function nodesBelow(node: AnyStateNode): AnyStateNode[] {
  return [node, ...Object.values(node.states).flatMap(nodesBelow)];
}
