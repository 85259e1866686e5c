import type { AnyStateMachine, AnyStateNode } from 'xstate';
import type { FlowStateMeta, Language } from '../../machines/flow.ts';
import { type FlowView, flowInfo } from '../../machines/flow-view.ts';
import { thresholds } from './thresholds.ts';

/** What a place must have for the conversation to go on as it was written. */
export interface Needs {
  /** A language model: the state improvises, wishes for a model, or lets one call tools. */
  model: boolean;
  /** Names of the tools that the flow calls, or that its model may. */
  tools: readonly string[];
}

/** What a whole flow asks of the place where it runs. */
export interface FlowNeeds extends Needs {
  /** States that the conversation can be in. */
  states: number;
  /** Of these, those that need a language model. */
  modelStates: number;
  languages: readonly Language[];
  /** What its first state needs. */
  opening: Needs;
  /** 0 … 1, from a recorded announcement to a conversation of many subjects that a model leads. */
  complexity: number;
}

/** Measures a flow by its chart, sub-flows in place. Pure; worth doing once for each flow. */
export function needsOfFlow(machine: AnyStateMachine): FlowNeeds {
  const leaves = leavesIn(machine.root);
  const needs = leaves.map(needsOfState);
  const counted = {
    states: leaves.length,
    modelStates: needs.filter(({ model }) => model).length,
    tools: together(needs).tools,
    languages: flowInfo(machine).languages,
  };
  return {
    ...counted,
    model: counted.modelStates > 0,
    opening: together(entered(machine.root).map(needsOfState)),
    complexity: complexityOf(counted),
  };
}

/** What the flow needs where it stands. */
export function needsOfView({ tool, improvise, model, tools }: FlowView): Needs {
  return {
    model: improvise || model !== null || tools.length > 0,
    tools: tool ? [tool.name, ...tools] : tools,
  };
}

/** How much there is to a flow, 0 … 1; never less when any of the counts is more. */
export function complexityOf(counted: {
  states: number;
  modelStates: number;
  tools: readonly string[];
  languages: readonly Language[];
}): number {
  const { full, weights } = thresholds.complexity;
  const { states, modelStates, tools, languages } = counted;
  const modelShare = states > 0 ? modelStates / states : 0;
  return (
    weights.states * Math.min(1, states / full.states) +
    weights.modelShare * Math.min(1, modelShare / full.modelShare) +
    weights.tools * Math.min(1, tools.length / full.tools) +
    weights.languages * Math.min(1, Math.max(0, languages.length - 1) / (full.languages - 1))
  );
}

function needsOfState(node: AnyStateNode): Needs {
  const { improvise, model, tool, tools = [] } = (node.meta ?? {}) as FlowStateMeta;
  return {
    model: improvise === true || model !== undefined || tools.length > 0,
    tools: tool ? [tool.name, ...tools] : tools,
  };
}

function together(needs: readonly Needs[]): Needs {
  return {
    model: needs.some(({ model }) => model),
    tools: [...new Set(needs.flatMap(({ tools }) => tools))],
  };
}

function leavesIn(node: AnyStateNode): AnyStateNode[] {
  const children = Object.values(node.states) as AnyStateNode[];
  if (children.length > 0) return children.flatMap(leavesIn);
  return node.type === 'history' ? [] : [node];
}

/** The leaves that entering `node` leads to. */
function entered(node: AnyStateNode): AnyStateNode[] {
  const children = Object.values(node.states) as AnyStateNode[];
  if (node.type === 'parallel') return children.flatMap(entered);
  const first = node.type === 'compound' ? (node.initial.target ?? []) : [];
  return first.length > 0 ? first.flatMap(entered) : [node];
}
