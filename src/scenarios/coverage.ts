import type { AnyStateMachine } from 'xstate';
import { type ChartModel, labelText, readChart, statesOf } from '../draw/chart-model.ts';
import type { FlowHits } from '../rehearsal/flow-trace.ts';

export function noHits(): FlowHits {
  return { states: {}, transitions: {} };
}

/** Adds `more` to `hits`. */
export function mergeHits(hits: FlowHits, more: FlowHits): void {
  for (const part of ['states', 'transitions'] as const)
    for (const [id, count] of Object.entries(more[part])) hits[part][id] = (hits[part][id] ?? 0) + count;
}

/** A state or a transition, and how often it was come through. */
export interface CoveredPart {
  id: string;
  /** For people: a path, or where from, what by and where to. */
  name: string;
  hits: number;
}

export interface FlowCoverage {
  states: readonly CoveredPart[];
  transitions: readonly CoveredPart[];
}

/** Every state and transition of a flow with its hits. */
export function coverageOf(machine: AnyStateMachine, hits: FlowHits): FlowCoverage {
  const chart = readChart(machine);
  const [root, ...states] = statesOf(chart.root);
  const short = (id: string) => (id === root?.id ? '(anywhere)' : id.slice((root?.id.length ?? 0) + 1));
  return {
    states: states.map(({ id }) => ({ id, name: short(id), hits: hits.states[id] ?? 0 })),
    transitions: chart.transitions.map(transition => ({
      id: transition.id,
      name: tellTransition(transition, short),
      hits: hits.transitions[transition.id] ?? 0,
    })),
  };
}

function tellTransition(
  { from, to, label }: ChartModel['transitions'][number],
  short: (id: string) => string,
): string {
  const target = to.length > 0 ? to.map(short).join(', ') : '(stays)';
  return `${short(from)} – ${labelText(label)} → ${target}`;
}

/** The figures, and what was never come through. */
export function tellCoverage(name: string, { states, transitions }: FlowCoverage): string {
  const table = [
    ['', 'covered', 'of', ''],
    ['states', ...figures(states)],
    ['transitions', ...figures(transitions)],
  ].map(([what = '', covered = '', of = '', share = '']) =>
    `  ${what.padEnd(12)}${covered.padStart(8)}${of.padStart(6)}${share.padStart(8)}`.trimEnd(),
  );
  const missing = [...states, ...transitions].filter(({ hits }) => hits === 0);
  return [
    `Coverage of ${name}`,
    ...table,
    ...(missing.length > 0 ? ['  never:', ...missing.map(part => `    ${part.name}`)] : []),
  ].join('\n');
}

function figures(parts: readonly CoveredPart[]): string[] {
  const covered = parts.filter(({ hits }) => hits > 0).length;
  const share = parts.length === 0 ? 100 : Math.floor((100 * covered) / parts.length);
  return [String(covered), String(parts.length), `${share} %`];
}
