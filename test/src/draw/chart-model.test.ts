import { describe, expect, it } from 'vitest';
import { callMachine } from '../../../machines/call.ts';
import { noteText, readChart, statesOf, transitionId } from '../../../src/draw/chart-model.ts';
import { shop } from './fixture-chart.ts';

const model = readChart(shop);
const stateAt = (id: string) => statesOf(model.root).find(state => state.id === id)!;
const arrowBetween = (from: string, to: string) =>
  model.edges.find(edge => edge.from === from && edge.to === to)!;

describe('a chart is read', () => {
  it('with every state under its path, in the order of the chart', () => {
    expect(statesOf(model.root).map(state => `${state.kind} ${state.id}`)).toEqual([
      'compound shop',
      'parallel shop.trading',
      'compound shop.trading.door',
      'atomic shop.trading.door.shut',
      'atomic shop.trading.door.open',
      'compound shop.trading.door.locked',
      'atomic shop.trading.door.locked.forNow',
      'atomic shop.trading.door.locked.forTheNight',
      'final shop.trading.door.gone',
      'compound shop.trading.till',
      'atomic shop.trading.till.counting',
      'final shop.trading.till.counted',
      'atomic shop.evacuated',
      'final shop.closed',
    ]);
  });

  it('with what is entered first, and nothing first in a parallel state', () => {
    expect(stateAt('shop.trading.door').initial).toBe('shop.trading.door.shut');
    expect(stateAt('shop.trading').initial).toBeNull();
  });

  it('with guards as sentences, and the alternative to a guard as `else`', () => {
    expect(arrowBetween('shop.trading.door.shut', 'shop.trading.door.open').labels).toEqual([
      { trigger: 'door.pushed', guard: 'isOpen and (not isFull)', kind: 'event', by: '' },
    ]);
    expect(arrowBetween('shop.trading.door.shut', 'shop.trading.door.locked').labels[0]?.guard).toBe('else');
  });

  it('with delays by name, eventless transitions by guard and completion as `done`', () => {
    expect(arrowBetween('shop.trading.door.open', 'shop.trading.door.shut').labels).toEqual([
      { trigger: 'after patience', guard: '', kind: 'timer', by: '' },
    ]);
    expect(
      arrowBetween('shop.trading.door.locked.forNow', 'shop.trading.door.locked.forTheNight').labels[0],
    ).toEqual({ trigger: '', guard: 'isFull', kind: 'event', by: '' });
    expect(arrowBetween('shop.trading', 'shop.closed').labels[0]?.trigger).toBe('done');
  });

  it('with transitions that lead nowhere as notes of their state', () => {
    const texts = (id: string) => stateAt(id).notes.map(note => `${note.kind} ${noteText(note)}`);
    expect(texts('shop.trading.door')).toEqual(['does bell.rang / ring']);
    expect(texts('shop.trading.door.shut')).toEqual(['ignores wind.blew, rain.fell']);
    expect(texts('shop.trading.door.open')).toEqual(['again door.pushed', 'does after 500 ms / ring']);
  });

  it('without losing a transition: each is on an arrow or in a note, once, in the call chart too', () => {
    for (const machine of [shop, callMachine]) {
      const { root, edges } = readChart(machine);
      const states = statesOf(root);
      const drawn = [...edges, ...states.flatMap(state => state.notes)].flatMap(part => part.transitions);
      const nodes = states.map(state => machine.getStateNodeById(state.id));
      const all = nodes.flatMap(node => [...[...node.transitions.values()].flat(), ...(node.always ?? [])]);

      expect([...drawn].sort()).toEqual(all.map(transitionId).sort());
      expect(new Set(drawn).size).toBe(drawn.length);
    }
  });
});
