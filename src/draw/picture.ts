import type { BoxText } from './box.ts';
import type { ChartEdge, ChartState } from './chart-model.ts';

/** All lengths are in pixels, from the picture's upper left corner. */
export interface Point {
  x: number;
  y: number;
}

export interface Size {
  width: number;
  height: number;
}

export type Rectangle = Point & Size;

export interface PlacedState extends Rectangle {
  state: ChartState;
  /** 0 for the chart itself. */
  depth: number;
  /** A region of a parallel state. */
  isRegion: boolean;
  text: BoxText;
}

export interface PlacedArrow {
  edge: ChartEdge;
  points: readonly Point[];
  label: Rectangle;
  /** Depth of the box on which the label stands. */
  depth: number;
}

/** A dot: where a compound state begins, or, as the source of an arrow, what holds anywhere inside it. */
export interface PlacedDot extends Rectangle {
  kind: 'initial' | 'anywhere';
  /** The arrow of an initial dot; the other kind's arrow stands for a transition and is among the arrows. */
  points: readonly Point[];
}

/** A part of a drawing, or all of it. */
export interface Picture extends Size {
  states: readonly PlacedState[];
  arrows: readonly PlacedArrow[];
  dots: readonly PlacedDot[];
}

export function move(picture: Picture, dx: number, dy: number): Picture {
  const shift = <T extends Point>(at: T): T => ({ ...at, x: at.x + dx, y: at.y + dy });
  return {
    ...picture,
    states: picture.states.map(shift),
    arrows: picture.arrows.map(arrow => ({
      ...arrow,
      points: arrow.points.map(shift),
      label: shift(arrow.label),
    })),
    dots: picture.dots.map(dot => ({ ...shift(dot), points: dot.points.map(shift) })),
  };
}
