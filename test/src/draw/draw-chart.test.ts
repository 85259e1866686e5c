import { describe, expect, it } from 'vitest';
import type { AnyStateMachine } from 'xstate';
import { readChart, statesOf } from '../../../src/draw/chart-model.ts';
import { loadCharts } from '../../../src/draw/charts.ts';
import { drawChart } from '../../../src/draw/draw-chart.ts';
import { layOut } from '../../../src/draw/layout.ts';
import type { Rectangle } from '../../../src/draw/picture.ts';
import { toSvg } from '../../../src/draw/svg.ts';
import { fanChart, hubChart, shop } from './fixture-chart.ts';

/** The fixture and every chart of the product. */
const charts: [name: string, machine: AnyStateMachine][] = [
  ['shop', shop],
  ...(await loadCharts()).map(({ name, machine }): [string, AnyStateMachine] => [name, machine]),
];

const contains = (outer: Rectangle, inner: Rectangle) =>
  inner.x >= outer.x - 0.5 &&
  inner.y >= outer.y - 0.5 &&
  inner.x + inner.width <= outer.x + outer.width + 0.5 &&
  inner.y + inner.height <= outer.y + outer.height + 0.5;

const overlap = (a: Rectangle, b: Rectangle) =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;

describe.each(charts)('the picture of %s', (_, machine) => {
  const model = readChart(machine);
  const picture = layOut(model);

  it('holds each state inside its parent, beside its siblings, with room for its words', async () => {
    const { states, width, height } = await picture;
    const boxes = new Map(states.map(placed => [placed.state.id, placed]));
    expect([...boxes.keys()].sort()).toEqual(
      statesOf(model.root)
        .map(state => state.id)
        .sort(),
    );

    for (const { state, text, ...box } of states) {
      expect(contains({ x: 0, y: 0, width, height }, box), state.id).toBe(true);
      expect(box.width, state.id).toBeGreaterThanOrEqual(text.width - 0.5);
      const children = state.children.map(child => boxes.get(child.id)!);
      for (const [index, child] of children.entries()) {
        expect(contains(box, child), child.state.id).toBe(true);
        expect(child.y, child.state.id).toBeGreaterThanOrEqual(box.y + text.height);
        for (const other of children.slice(index + 1)) {
          expect(overlap(child, other), `${child.state.id} and ${other.state.id}`).toBe(false);
        }
      }
    }
  });

  it('has labels that cover neither each other nor a state without children', async () => {
    const { states, arrows } = await picture;
    const leaves = states.filter(placed => placed.state.children.length === 0);
    for (const [index, { label, edge }] of arrows.entries()) {
      const name = `${edge.from} to ${edge.to}`;
      for (const leaf of leaves) expect(overlap(label, leaf), `${name} over ${leaf.state.id}`).toBe(false);
      for (const other of arrows.slice(index + 1)) expect(overlap(label, other.label), name).toBe(false);
    }
  });

  it('has arrows of level and upright pieces that end at the border of their target', async () => {
    const { states, arrows } = await picture;
    for (const { edge, points } of arrows) {
      for (const [index, to] of points.slice(1).entries()) {
        const from = points[index]!;
        expect(from.x === to.x || from.y === to.y).toBe(true);
      }
      const target = states.find(placed => placed.state.id === edge.to)!;
      const end = points.at(-1)!;
      const onBorder =
        Math.min(Math.abs(end.y - target.y), Math.abs(end.y - target.y - target.height)) < 1 &&
        end.x > target.x &&
        end.x < target.x + target.width;
      expect(onBorder, `${edge.from} to ${edge.to}`).toBe(true);
    }
  });

  it('names every state and every transition, drawn or told', async () => {
    const svg = toSvg(await picture, '');
    const marked = (attribute: string) =>
      [...svg.matchAll(new RegExp(` ${attribute}="([^"]*)"`, 'g'))].flatMap(match => match[1]!.split(' '));
    const transitions = [...model.edges, ...statesOf(model.root).flatMap(state => state.notes)];

    expect(marked('data-state').sort()).toEqual(
      statesOf(model.root)
        .map(state => state.id)
        .sort(),
    );
    expect(new Set(marked('data-edge'))).toEqual(new Set(transitions.flatMap(part => part.transitions)));
  });
});

describe('a drawing', () => {
  it('is the same bytes each time', async () => {
    expect(await drawChart(shop)).toEqual(await drawChart(shop));
  });

  it('is well-formed, has no script and no link, and knows dark pages', async () => {
    const { svg } = await drawChart(shop);
    const tags = [...svg.matchAll(/<(\/?)(\w+)[^>]*?(\/?)>/g)];
    const open: string[] = [];
    for (const [, close, name, empty] of tags) {
      if (close) expect(open.pop()).toBe(name);
      else if (!empty) open.push(name!);
    }
    expect(open).toEqual([]);
    expect(svg).toContain('A shop &amp; its &lt;door&gt;.');
    expect(svg).not.toMatch(/<script|href|url\(|\son\w+=/);
    expect(svg).toContain('prefers-color-scheme:dark');
  });

  it('tells transitions out of a region in the box of their source', async () => {
    const { svg } = await drawChart(shop);
    expect(svg).toMatch(
      /class="jump"[^>]*data-edge="shop\.trading\.door\|power\.failed\|0"[^>]*>→ evacuated</,
    );
  });

  it('draws arrows to a far state while they are few, and names the state when they are many', async () => {
    expect((await layOut(readChart(hubChart(3)))).arrows).toHaveLength(3);
    expect((await layOut(readChart(hubChart(4)))).arrows).toHaveLength(0);
    expect((await drawChart(hubChart(4))).svg.match(/→ middle\.hub/g)).toHaveLength(4);
  });

  it('draws arrows from one state to others far away while they are few, and names those when they are many', async () => {
    expect((await layOut(readChart(fanChart(4)))).arrows).toHaveLength(4);
    expect((await layOut(readChart(fanChart(5)))).arrows).toHaveLength(0);
    expect((await drawChart(fanChart(5))).svg.match(/→ rim\.spoke/g)).toHaveLength(5);
  });
});

describe('the Mermaid text', () => {
  it('nests states, separates regions and joins only states of one composite', async () => {
    const { mermaid } = await drawChart(shop);
    expect(mermaid).toMatchInlineSnapshot(`
      "stateDiagram-v2
        state "trading" as shop_trading {
          %% Region door
          state "shut" as shop_trading_door_shut
          shop_trading_door_shut : Nobody can come in.
          state "open" as shop_trading_door_open
          state "locked" as shop_trading_door_locked {
            state "forNow" as shop_trading_door_locked_forNow
            state "forTheNight" as shop_trading_door_locked_forTheNight
            [*] --> shop_trading_door_locked_forNow
            shop_trading_door_locked_forNow --> shop_trading_door_locked_forTheNight : [isFull]
          }
          state "gone" as shop_trading_door_gone
          shop_trading_door_gone --> [*]
          [*] --> shop_trading_door_shut
          state "anywhere" as shop_trading_door_anywhere
          shop_trading_door_anywhere --> shop_trading_door_locked : door.locked → locked.forTheNight
          shop_trading_door_shut --> shop_trading_door_open : door.pushed [isOpen and (not isFull)]
          shop_trading_door_shut --> shop_trading_door_locked : door.pushed [else]
          shop_trading_door_open --> shop_trading_door_shut : after patience
          shop_trading_door_locked --> shop_trading_door_gone : done
          shop_trading_door_locked --> shop_trading_door_shut : key.turned (in locked.forTheNight)
          --
          %% Region till
          state "counting" as shop_trading_till_counting
          state "counted" as shop_trading_till_counted
          shop_trading_till_counted --> [*]
          [*] --> shop_trading_till_counting
          shop_trading_till_counting --> shop_trading_till_counted : day.ended
        }
        state "evacuated" as shop_evacuated
        state "closed" as shop_closed
        shop_closed : Until tomorrow.
        shop_closed --> [*]
        [*] --> shop_trading
        shop_trading --> shop_evacuated : fire.broke
        shop_trading --> shop_closed : done
        shop_trading --> shop_evacuated : power.failed (in trading.door)
        shop_evacuated --> shop_trading : after opening
      "
    `);
  });
});
