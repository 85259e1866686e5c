import type { FactType } from '../../../machines/flow.ts';
import type { Rule } from '../finding.ts';
import { type Config, isConfig } from '../form.ts';
import { suggest } from '../nearest.ts';
import { within } from '../place.ts';
import type { KnownTool, Subject } from '../subject.ts';

/** Tools: whether there are such, and what they are given. */
export const toolRules: readonly Rule[] = [
  {
    name: 'unknown-tool',
    severity: 'error',
    why: 'Each caller who comes here hears that it failed.',
    *find({ ownStates, world: { tools } }) {
      for (const { meta, place } of ownStates) {
        const { tool } = meta;
        if (tool && !tools.has(tool.name))
          yield {
            at: within(place, 'meta', 'tool', 'name'),
            problem: `There is no tool '${tool.name}'.`,
            mend: suggest(tool.name, tools.keys()),
          };
        for (const [index, name] of (meta.tools ?? []).entries())
          if (!tools.has(name))
            yield {
              at: within(place, 'meta', 'tools', index),
              problem: `There is no tool '${name}'.`,
              mend: suggest(name, tools.keys()),
            };
      }
    },
  },
  {
    name: 'wrong-tool-input',
    severity: 'error',
    why: 'The tool refuses the input, and each caller who comes here hears that it failed.',
    *find(subject) {
      for (const { meta, place } of subject.ownStates) {
        const tool = meta.tool && subject.world.tools.get(meta.tool.name);
        if (!meta.tool || !tool) continue;
        for (const { key, problem, mend } of wrongInputs(tool, meta.tool.input, subject))
          yield { at: within(place, 'meta', 'tool', 'input', ...(key === null ? [] : [key])), problem, mend };
      }
    },
  },
  {
    name: 'input-unknown-fact',
    severity: 'error',
    why: 'The tool is given an empty text instead of what the caller said.',
    *find(subject) {
      for (const { meta, place } of subject.ownStates)
        for (const [input, fact] of Object.entries(meta.tool?.input ?? {}))
          if (!subject.fact(fact))
            yield {
              at: within(place, 'meta', 'tool', 'input', input),
              problem: `The input '${input}' is the fact '${fact}', which is not declared.`,
              mend: suggest(fact, Object.keys(subject.info.facts)),
            };
    },
  },
  {
    name: 'input-may-be-missing',
    severity: 'error',
    why: 'Callers who come by that way have the tool called with an empty text.',
    *find(subject) {
      for (const leaf of subject.reached) {
        const { sure } = subject.knowledge(leaf);
        const tool = leaf.meta.tool && subject.world.tools.get(leaf.meta.tool.name);
        const required = requiredInputs(tool);
        for (const [input, fact] of Object.entries(leaf.meta.tool?.input ?? {})) {
          if (!subject.fact(fact) || sure.has(fact) || (required && !required.includes(input))) continue;
          yield {
            at: within(leaf.place, 'meta', 'tool', 'input', input),
            problem: `'${fact}' is not known on every way to here.`,
            mend: `Ask for it first, or let a guard 'knowsFacts' choose the way.`,
          };
        }
      }
    },
  },
];

interface WrongInput {
  key: string | null;
  problem: string;
  mend: string;
}

function* wrongInputs(
  tool: KnownTool,
  input: Readonly<Record<string, string>>,
  subject: Subject,
): Iterable<WrongInput> {
  const schema = tool.inputSchema ?? {};
  const properties = isConfig(schema.properties) ? schema.properties : null;
  for (const name of requiredInputs(tool) ?? [])
    if (!Object.hasOwn(input, name))
      yield {
        key: null,
        problem: `'${tool.name}' needs the input '${name}'.`,
        mend: `Add ${name}: 'the name of a fact'.`,
      };
  if (!properties) return;

  for (const [name, factName] of Object.entries(input)) {
    const property = Object.hasOwn(properties, name) ? properties[name] : undefined;
    const fact = subject.fact(factName);
    if (property === undefined) {
      if (schema.additionalProperties === true) continue;
      yield {
        key: name,
        problem: `'${tool.name}' takes no input '${name}'.`,
        mend: suggest(name, Object.keys(properties)),
      };
    } else if (fact && isConfig(property)) {
      const unfit = samplesOf(fact).find(value => !takes(property, value));
      if (unfit !== undefined)
        yield {
          key: name,
          problem: `The input '${name}' of '${tool.name}' does not take '${unfit}', which '${factName}' may be.`,
          mend: 'Let the type of the fact and the schema of the tool agree.',
        };
    }
  }
}

function requiredInputs(tool: KnownTool | undefined): string[] | null {
  const required = tool?.inputSchema?.required;
  return Array.isArray(required) ? required.map(String) : null;
}

/** Values that the fact may have. Words can be any. */
function samplesOf(fact: FactType): string[] {
  if (fact.type === 'oneOf') return Object.keys(fact.values);
  return fact.type === 'digits' && fact.length !== undefined ? ['1'.repeat(fact.length)] : [];
}

/** Whether a value passes the parts of a JSON schema that texts are checked by. */
function takes({ enum: values, pattern, minLength, maxLength }: Config, value: string): boolean {
  if (Array.isArray(values) && !values.includes(value)) return false;
  if (typeof minLength === 'number' && value.length < minLength) return false;
  if (typeof maxLength === 'number' && value.length > maxLength) return false;
  return typeof pattern !== 'string' || new RegExp(pattern, 'u').test(value);
}
