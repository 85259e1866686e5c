import type { AnyStateMachine } from 'xstate';
import { type ChartModel, readChart } from './chart-model.ts';
import { layOut } from './layout.ts';
import { toMermaid } from './mermaid.ts';
import { type Paint, PLAIN } from './paint.ts';
import { type Coverage, paintCoverage } from './paint-coverage.ts';
import { panelsFor } from './panel.ts';
import { toSvg } from './svg.ts';

export interface Drawing {
  svg: string;
  mermaid: string;
}

export interface DrawOptions {
  /** How often tests or calls came through each part: counts are shown, and what none came through stands out. */
  coverage?: Coverage;
}

/** Draws a chart. The same chart gives the same bytes. */
export async function drawChart(machine: AnyStateMachine, { coverage }: DrawOptions = {}): Promise<Drawing> {
  const model = readChart(machine);
  return drawModel(model, coverage ? paintCoverage(model, coverage) : PLAIN);
}

/** Draws a model with what is painted over it. */
export async function drawModel(model: ChartModel, paint: Paint): Promise<Drawing> {
  const { name, description } = model.root;
  const title = description ? `${name}: ${description}` : name;
  const picture = await layOut(model, paint);
  const panels = panelsFor(model, paint, picture.width);
  return { svg: toSvg(picture, title, paint, panels), mermaid: toMermaid(model, paint) };
}
