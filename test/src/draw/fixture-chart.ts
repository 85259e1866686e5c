import { and, not, setup } from 'xstate';

const names = setup({
  actions: { ring: () => {}, count: () => {} },
  guards: { isOpen: () => true, isFull: () => false },
  delays: { patience: 1000, opening: 2000 },
});

/** A small chart with everything a chart can hold: regions, nesting, timers, eventless transitions, guards, ends. */
export const shop = names.createMachine({
  id: 'shop',
  description: 'A shop & its <door>.',
  initial: 'trading',
  states: {
    trading: {
      description: 'Door and till work side by side.',
      type: 'parallel',
      on: { 'fire.broke': 'evacuated' },
      onDone: 'closed',
      states: {
        door: {
          initial: 'shut',
          on: {
            'bell.rang': { actions: 'ring' },
            'door.locked': '.locked.forTheNight',
            'power.failed': '#shop.evacuated',
          },
          states: {
            shut: {
              description: 'Nobody can come in.',
              on: {
                'door.pushed': [
                  { guard: and(['isOpen', not('isFull')]), target: 'open' },
                  { target: 'locked', actions: 'count' },
                ],
                'wind.blew': {},
                'rain.fell': {},
              },
            },
            open: {
              on: { 'door.pushed': { target: 'open', reenter: true } },
              after: { patience: 'shut', 500: { actions: 'ring' } },
            },
            locked: {
              initial: 'forNow',
              states: {
                forNow: { always: { guard: 'isFull', target: 'forTheNight' } },
                forTheNight: { on: { 'key.turned': '#shop.trading.door.shut' } },
              },
              onDone: 'gone',
            },
            gone: { type: 'final' },
          },
        },
        till: {
          initial: 'counting',
          states: {
            counting: { on: { 'day.ended': 'counted' } },
            counted: { type: 'final' },
          },
        },
      },
    },
    evacuated: { after: { opening: 'trading' } },
    closed: { type: 'final', description: 'Until tomorrow.' },
  },
});

/** A chain of states in which all others lead to one hub in another container. */
export function hubChart(spokes: number) {
  const names = Array.from({ length: spokes }, (_, index) => `spoke${index}`);
  return setup({}).createMachine({
    id: 'wheel',
    initial: 'rim',
    states: {
      rim: {
        initial: 'spoke0',
        states: Object.fromEntries(names.map(name => [name, { on: { turn: '#wheel.middle.hub' } }])),
      },
      middle: { initial: 'hub', states: { hub: {} } },
    },
  });
}

/** One state that leads to many in another container. */
export function fanChart(spokes: number) {
  const names = Array.from({ length: spokes }, (_, index) => `spoke${index}`);
  return setup({}).createMachine({
    id: 'wheel',
    initial: 'middle',
    states: {
      middle: {
        initial: 'hub',
        states: { hub: { on: Object.fromEntries(names.map(name => [name, `#wheel.rim.${name}`])) } },
      },
      rim: { initial: 'spoke0', states: Object.fromEntries(names.map(name => [name, {}])) },
    },
  });
}
