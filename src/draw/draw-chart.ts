import type { AnyStateMachine } from 'xstate';
import { readChart } from './chart-model.ts';
import { layOut } from './layout.ts';
import { toMermaid } from './mermaid.ts';
import { toSvg } from './svg.ts';

export interface Drawing {
  svg: string;
  mermaid: string;
}

/** Draws a chart. The same chart gives the same bytes. */
export async function drawChart(machine: AnyStateMachine): Promise<Drawing> {
  const model = readChart(machine);
  const { name, description } = model.root;
  const title = description ? `${name}: ${description}` : name;
  return { svg: toSvg(await layOut(model), title), mermaid: toMermaid(model) };
}
