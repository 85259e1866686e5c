import type { Language } from '../../machines/flow.ts';
import { choicesBy, type FlowChoice, requiredSlots, type Slot } from '../../machines/flow-view.ts';
import type { ModelRequest } from '../../runtime/ports.ts';
import type { ChatTool, ChatToolCall } from './chat.ts';
import { slotDigits } from './slot-digits.ts';

/** What a model is told about a tool of the house that it may call. */
export interface ToolSpec {
  description: string;
  /** JSON schema of an object. Left out, any object will do and the tool checks it. */
  inputSchema?: Record<string, unknown>;
}

/** What a model's tool calls come to. */
export type Answer =
  | { kind: 'choice'; event: string; facts: Record<string, string> }
  | { kind: 'tools'; calls: readonly ChatToolCall[] }
  /** The caller has not finished speaking. */
  | { kind: 'wait' }
  /** No call at all: what the model said is the answer. */
  | { kind: 'words' }
  /** The model asked for what there is not. `why` names tools and slots, never a caller's words. */
  | { kind: 'nonsense'; why: string };

export const WAIT_TOOL = 'wait_for_more';
const MAX_NAME_CHARS = 64;
/** Nobody says more for one fact. */
const MAX_TEXT_CHARS = 300;

/**
 * The conversation's ways on as tools of a model: one for each open choice, one to let the caller finish, and the tools
 * of the house that the state allows. Where the agent speaks of its own accord there is nothing to choose.
 */
export function flowTools(request: ModelRequest, known: ReadonlyMap<string, ToolSpec>): ChatTool[] {
  if (request.said === null) return allowedTools(request, known);
  const choices = [...openChoices(request)].map(([name, choice]) => choiceTool(name, choice));
  return [...choices, ...(mayWait(request) ? [waitTool] : []), ...allowedTools(request, known)];
}

/** Reads a whole reply's tool calls. A choice goes before tools, and the first that is valid before the others. */
export function readToolCalls(calls: readonly ChatToolCall[], request: ModelRequest): Answer {
  const choices = request.said === null ? new Map<string, FlowChoice>() : openChoices(request);
  const readings = calls.map(call => read(call, choices, request));
  const chosen = readings.find(reading => reading.kind === 'choice');
  if (chosen) return chosen;

  const unknown = readings.find(reading => reading.kind === 'nonsense');
  const tools = calls.filter((_, at) => readings[at]!.kind === 'tools');
  const waits = readings.some(reading => reading.kind === 'wait');
  if (unknown && !(waits && tools.length === 0)) return unknown;
  if (tools.length > 0)
    return { kind: 'tools', calls: tools.map((call, at) => withStableId(call, at, request)) };

  // Here the flow waits for its own tool, whatever the caller said into the wait.
  const { tool } = request.flow;
  if (tool) return { kind: 'tools', calls: [withStableId({ id: '', ...tool }, 0, request)] };
  return waits ? { kind: 'wait' } : { kind: 'words' };
}

function read(call: ChatToolCall, choices: ReadonlyMap<string, FlowChoice>, request: ModelRequest): Answer {
  const choice = choices.get(call.name);
  if (choice) return readChoice(call, choice);
  if (call.name === WAIT_TOOL && mayWait(request)) return { kind: 'wait' };
  if (request.flow.tools.includes(call.name)) return { kind: 'tools', calls: [call] };
  return { kind: 'nonsense', why: `the reply called ${quoted(call.name)}, which is not open here` };
}

function readChoice({ name, input }: ChatToolCall, choice: FlowChoice): Answer {
  const required = requiredSlots(choice);
  const facts: Record<string, string> = {};
  for (const [fact, slot] of Object.entries(choice.slots)) {
    if (!required.includes(fact) && isLeftOut(input[fact])) continue;
    const value = readSlot(input[fact], slot, choice.language);
    if (value === null) return { kind: 'nonsense', why: `the reply's ${quoted(name)} has no usable ${fact}` };
    facts[fact] = value;
  }
  return { kind: 'choice', event: choice.event, facts };
}

function isLeftOut(value: unknown): boolean {
  return value === undefined || value === null || value === '';
}

function readSlot(value: unknown, slot: Slot, language: Language): string | null {
  if (slot.type === 'digits') return slotDigits(value, slot.length, language);
  if (typeof value !== 'string') return null;
  const text = value.trim().slice(0, MAX_TEXT_CHARS);
  if (slot.type === 'oneOf') return Object.hasOwn(slot.values, text) ? text : null;
  return text || null;
}

/** The open choices by tool name. `caller.saysNumber` is `saysNumber`; names that fall together are numbered. */
function openChoices({ flow, by }: ModelRequest): Map<string, FlowChoice> {
  const named = new Map<string, FlowChoice>();
  const taken = new Set([WAIT_TOOL, ...flow.tools]);
  for (const choice of choicesBy(flow.choices, by)) {
    const plain = choice.event.replace(/^caller\./, '').replace(/[^\w-]/g, '_') || 'choice';
    let name = plain.slice(0, MAX_NAME_CHARS);
    for (let n = 2; taken.has(name); n++) name = `${plain.slice(0, MAX_NAME_CHARS - 4)}_${n}`;
    taken.add(name);
    named.set(name, choice);
  }
  return named;
}

/** Only speech can be unfinished, and only the caller's own turn. */
function mayWait({ said, by, flow }: ModelRequest): boolean {
  return said !== null && by === 'voice' && flow.tool === null;
}

function choiceTool(name: string, choice: FlowChoice): ChatTool {
  const properties = Object.fromEntries(
    Object.entries(choice.slots).map(([fact, slot]) => [fact, slotSchema(slot)]),
  );
  const required = requiredSlots(choice);
  return {
    name,
    description: choice.description,
    inputSchema: { type: 'object', properties, required, additionalProperties: false },
  };
}

function slotSchema(slot: Slot): Record<string, unknown> {
  if (slot.type === 'digits') return digitsSchema(slot);
  const description = `${slot.description} As the caller gave it, never guessed.`;
  if (slot.type === 'oneOf') return { type: 'string', enum: Object.keys(slot.values), description };
  return { type: 'string', description };
}

function digitsSchema({ description, length }: { description: string; length?: number }) {
  return {
    type: 'string',
    pattern: length === undefined ? '^[0-9]+$' : `^[0-9]{${length}}$`,
    description: `${description} ${length === undefined ? 'The' : `Exactly ${length}`} digits that the caller gave, as "4711". Never guessed.`,
  };
}

const waitTool: ChatTool = {
  name: WAIT_TOOL,
  description:
    'The caller stopped in the middle of a sentence or of a number and will go on. Say nothing and let them finish.',
  inputSchema: { type: 'object', properties: {}, additionalProperties: false },
};

function allowedTools({ flow }: ModelRequest, known: ReadonlyMap<string, ToolSpec>): ChatTool[] {
  return flow.tools.flatMap(name => {
    const spec = known.get(name);
    if (!spec) return [];
    return { name, description: spec.description, inputSchema: spec.inputSchema ?? { type: 'object' } };
  });
}

/** The same for every attempt at this request, whichever model answers it, so that no tool runs twice for it. */
function withStableId({ name, input }: ChatToolCall, at: number, request: ModelRequest): ChatToolCall {
  const id = `${request.callId}:${request.turn}:${request.step}`;
  return { id: at === 0 ? id : `${id}:${at}`, name, input };
}

/** A model may call anything by any name. */
function quoted(name: string): string {
  return `'${name.replace(/[^\w.-]/g, '_').slice(0, MAX_NAME_CHARS)}'`;
}
