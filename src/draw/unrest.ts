import type { Picture, Point } from './picture.ts';

const WEIGHT = { bend: 40, crossing: 120, width: 1.5, height: 1 };

/** How restless a picture is: long, bent and crossing arrows, and room taken. Comparable between pictures of one chart. */
export function unrest({ arrows, width, height }: Picture): number {
  const lines = arrows.map(arrow => arrow.points);
  const length = sum(lines.map(lengthOf));
  const bends = sum(lines.map(points => points.length - 2));
  return (
    length +
    bends * WEIGHT.bend +
    crossingsOf(lines) * WEIGHT.crossing +
    (width * WEIGHT.width + height * WEIGHT.height) * Math.sqrt(lines.length)
  );
}

function crossingsOf(lines: readonly (readonly Point[])[]): number {
  const segments = lines.map(points =>
    points.slice(1).map((to, index): [Point, Point] => [points[index]!, to]),
  );
  let crossings = 0;
  for (const [index, line] of segments.entries()) {
    for (const other of segments.slice(index + 1)) {
      for (const one of line) for (const two of other) if (cross(one, two)) crossings++;
    }
  }
  return crossings;
}

/** All segments are level or upright, so two cross when their extents do, one each way. */
function cross([a, b]: [Point, Point], [c, d]: [Point, Point]): boolean {
  const level = a.y === b.y;
  if (level === (c.y === d.y)) return false;
  const [left, right, upper, lower] = level ? [a, b, c, d] : [c, d, a, b];
  const [y, x] = [left.y, upper.x];
  return between(x, left.x, right.x) && between(y, upper.y, lower.y);
}

function between(value: number, one: number, other: number): boolean {
  return value > Math.min(one, other) && value < Math.max(one, other);
}

function lengthOf(points: readonly Point[]): number {
  return sum(
    points.slice(1).map((to, index) => Math.abs(to.x - points[index]!.x) + Math.abs(to.y - points[index]!.y)),
  );
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
