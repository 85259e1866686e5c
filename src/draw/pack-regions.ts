import type { ChartState } from './chart-model.ts';
import { move, type Picture } from './picture.ts';
import type { Plan } from './plan.ts';

const GAP = 14;

/**
 * Sets the regions of a parallel state in rows no wider than its widest region, the widest first. The regions of a row
 * are made equally high, so that they read as one row.
 */
export function packRegions(state: ChartState, plan: Plan, regions: readonly Picture[]): Picture {
  const text = plan.texts.get(state.id)!;
  const rows = intoRows(regions);
  const placed: Picture[] = [];
  let y = text.height + 4;
  let right = text.width;

  for (const row of rows) {
    const height = Math.max(...row.map(region => region.height));
    let x = GAP;
    for (const region of row) {
      placed.push(move(stretch(region, height), x, y));
      x += region.width + GAP;
    }
    right = Math.max(right, x);
    y += height + GAP;
  }

  const box = {
    state,
    depth: plan.depths.get(state.id)!,
    isRegion: false,
    text,
    x: 0,
    y: 0,
    width: right,
    height: y,
  };
  return {
    width: right,
    height: y,
    states: [box, ...placed.flatMap(region => region.states)],
    arrows: placed.flatMap(region => region.arrows),
    dots: placed.flatMap(region => region.dots),
  };
}

function intoRows(regions: readonly Picture[]): Picture[][] {
  const widestFirst = [...regions].sort((a, b) => b.width - a.width);
  const limit = widestFirst[0]!.width;
  const rows: Picture[][] = [];
  let used = Number.POSITIVE_INFINITY;

  for (const region of widestFirst) {
    if (used + GAP + region.width > limit) {
      rows.push([]);
      used = -GAP;
    }
    rows.at(-1)!.push(region);
    used += GAP + region.width;
  }
  return rows;
}

/** The region itself is its picture's first state. */
function stretch(region: Picture, height: number): Picture {
  const [frame, ...others] = region.states;
  return { ...region, height, states: [{ ...frame!, height }, ...others] };
}
