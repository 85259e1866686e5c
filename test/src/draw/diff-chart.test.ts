import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AnyStateMachine, setup } from 'xstate';
import { callMachine } from '../../../machines/call.ts';
import { flow } from '../../../machines/flow.ts';
import { readChart, statesOf } from '../../../src/draw/chart-model.ts';
import { type ChartDiff, diffCharts, isUnchanged } from '../../../src/draw/diff-chart.ts';
import { diffText } from '../../../src/draw/diff-words.ts';
import { type ClinicConfig, clinicConfig } from './fixture-flow.ts';

const chart = (config: object) => flow.createMachine(config as never) as unknown as AnyStateMachine;

/** What differs once `edit` has been made to the clinic. */
function changedBy(edit: (clinic: ClinicConfig) => void): ChartDiff {
  const edited = clinicConfig();
  edit(edited);
  return diffCharts(chart(clinicConfig()), chart(edited));
}

const stateKeys = ({ states }: ChartDiff) =>
  states.map(({ change, id, keys }) => `${change} ${id}: ${keys.map(({ key }) => key).join(', ')}`);
const transitionKeys = ({ transitions }: ChartDiff) =>
  transitions.map(({ change, id, keys }) => `${change} ${id}: ${keys.map(({ key }) => key).join(', ')}`);

describe('two versions of a chart differ', () => {
  it('in nothing when they are the same', () => {
    expect(isUnchanged(changedBy(() => {}))).toBe(true);
    expect(isUnchanged(diffCharts(callMachine, callMachine))).toBe(true);
  });

  it('in a line said, in the language it is said in', () => {
    const diff = changedBy(({ states }) => {
      states.booking!.meta!.say = { en: 'One moment.', es: 'Un segundo.' };
    });
    expect(diff.states).toEqual([
      {
        change: 'changed',
        id: 'clinic.booking',
        was: null,
        keys: [{ key: 'meta.say.es', before: 'Un momento.', after: 'Un segundo.' }],
      },
    ]);
    expect(diff.transitions).toEqual([]);
  });

  it('in the phrases that came and went', () => {
    const diff = changedBy(({ on }) => {
      const choice = on['caller.wantsPerson'] as { meta: { phrases: { en: string[] } } };
      choice.meta.phrases.en = ['an agent', 'somebody'];
    });
    expect(diff.transitions).toMatchObject([
      {
        id: 'clinic|caller.wantsPerson|0',
        keys: [{ key: 'meta.phrases.en', added: ['somebody'], removed: ['a person'] }],
      },
    ]);
  });

  it('in a target, a guard, a tool, a description, and in who may interrupt', () => {
    const diff = changedBy(({ states }) => {
      const booking = states.booking!;
      booking.meta!.tool = { name: 'bookSlot', input: { slot: 'slot', patient: 'patient' } };
      booking.on!['tool.failed'] = 'greeting';
      booking.on!['tool.succeeded'] = [
        { guard: { type: 'resultIs', params: { booked: 'yes' } }, target: 'booked' },
        { target: 'transferring' },
      ];
      states.booked!.description = 'All is booked.';
      delete states.booked!.meta!.uninterruptible;
    });
    expect(stateKeys(diff)).toEqual([
      'changed clinic.booking: meta.tool.input.patient',
      'changed clinic.booked: description, meta.uninterruptible',
    ]);
    expect(transitionKeys(diff)).toEqual([
      'changed clinic.booking|tool.succeeded|0: guard',
      'changed clinic.booking|tool.failed|0: target',
    ]);
  });

  it('in the alternative that went, not in the one that stays with its phrases though its guard went', () => {
    const before = clinicConfig();
    const books = before.states.greeting!.on!['caller.books'] as object;
    before.states.greeting!.on!['caller.books'] = [
      { ...books, guard: 'knowsFacts' },
      { target: 'transferring' },
    ];
    const diff = diffCharts(chart(before), chart(clinicConfig()));
    expect(transitionKeys(diff)).toEqual([
      'changed clinic.greeting|caller.books|0: guard',
      'removed clinic.greeting|caller.books|1: ',
    ]);
  });

  it('in the order of alternatives, because the first whose guard holds is taken', () => {
    const diff = changedBy(({ states }) => {
      const { on } = states.booking!;
      on!['tool.succeeded'] = [...(on!['tool.succeeded'] as object[])].reverse();
    });
    expect(transitionKeys(diff)).toEqual([
      'changed clinic.booking|tool.succeeded|0: order',
      'changed clinic.booking|tool.succeeded|1: order',
    ]);
  });

  it('in the code behind a name, though the chart names it as before', () => {
    const shop = (isOpen: () => boolean) =>
      setup({ guards: { isOpen } }).createMachine({ id: 'shop', on: { knock: { guard: 'isOpen' } } });
    const diff = diffCharts(
      shop(() => true),
      shop(() => false),
    );
    expect(stateKeys(diff)).toEqual(['changed shop: code.guards.isOpen.code']);
    expect(diffText(diff, 'old', 'new')).toContain('the code of guard isOpen changed');
  });

  it('in a state that came, with all that it says and all that leads from it', () => {
    const diff = changedBy(({ states }) => {
      states.waiting = { meta: { say: 'Wait.' }, on: { 'caller.books': 'booking' } };
    });
    expect(stateKeys(diff)).toEqual(['added clinic.waiting: meta.say']);
    expect(transitionKeys(diff)).toEqual(['added clinic.waiting|caller.books|0: ']);
  });
});

describe('a state under another name', () => {
  const rename = (from: string, to: string) => (clinic: ClinicConfig) => {
    const text = JSON.stringify(clinic)
      .replaceAll(`"${from}"`, `"${to}"`)
      .replaceAll(`".${from}"`, `".${to}"`);
    Object.assign(clinic, JSON.parse(text));
  };

  it('is the same state, and what leads to it has not changed', () => {
    const diff = changedBy(rename('transferring', 'passingOn'));
    expect(diff.states).toEqual([
      { change: 'changed', id: 'clinic.passingOn', was: 'clinic.transferring', keys: [] },
    ]);
    expect(diff.transitions).toEqual([]);
  });

  it('is the same state when it comes first, and when it has moved into another', () => {
    expect(stateKeys(changedBy(rename('greeting', 'hello')))).toEqual(['changed clinic.hello: ']);
    const moved = changedBy(clinic => {
      const { booked, ...others } = clinic.states;
      clinic.states = { ...others, ending: { initial: 'booked', states: { booked: booked! } } };
      const leads = clinic.states.booking!.on!['tool.succeeded'] as { target: string }[];
      leads[0]!.target = 'ending.booked';
    });
    expect(moved.states.map(({ id, was }) => [id, was])).toEqual([
      ['clinic.ending', null],
      ['clinic.ending.booked', 'clinic.booked'],
    ]);
    expect(moved.transitions).toEqual([]);
  });

  it('is another state when two could be it', () => {
    const diff = changedBy(clinic => {
      const { booked, ...others } = clinic.states;
      clinic.states = { ...others, one: booked!, two: booked! };
      const leads = clinic.states.booking!.on!['tool.succeeded'] as { target: string }[];
      leads[0]!.target = 'one';
    });
    expect(diff.states.map(({ change, id }) => `${change} ${id}`)).toEqual([
      'added clinic.one',
      'added clinic.two',
      'removed clinic.booked',
    ]);
  });
});

describe('the difference in words', () => {
  it('tells each state once: what it says, old and new, and what leads on', () => {
    const diff = changedBy(({ states }) => {
      states.greeting!.meta!.say = { en: 'Riverside clinic, hello.', es: 'Hola, clínica Riverside.' };
      states.greeting!.on!['caller.leaves'] = 'booked';
      (states.greeting!.on!['caller.books'] as { meta: object }).meta = { phrases: ['book', 'book it'] };
      states.transferring!.on = { 'transfer.failed': 'booking' };
      const guard = { type: 'factIs', params: { fact: 'kind', value: ['x-ray', 'scan'] } };
      (states.booking!.on!['tool.succeeded'] as object[])[1] = { target: 'transferring', guard };
    });
    expect(diffText(diff, 'git:HEAD', 'clinic')).toMatchInlineSnapshot(`
      "git:HEAD → clinic: 1 changed state; 1 added, 3 changed transitions

      ~ greeting
          says (en): “Hello, this is the Riverside clinic.” → “Riverside clinic, hello.”
          ~ on books
             phrases: + “book it”
          + on leaves → booked

      ~ booking
          ~ on tool.succeeded [kind is x-ray or scan]
             only if: kind is x-ray or scan

      ~ transferring
          ~ on transfer.failed
             leads to: greeting → booking
      "
    `);
  });
});

/** One edit of the clinic, with the part that must be told of it. */
const edits: Readonly<Record<string, { edit: (clinic: ClinicConfig, text: string) => void; tells: string }>> =
  {
    'a line': {
      edit: ({ states }, text) => (states.booked!.meta!.say = text),
      tells: 'clinic.booked meta.say',
    },
    'a description': {
      edit: ({ states }, text) => (states.greeting!.description = text),
      tells: 'clinic.greeting description',
    },
    'an unknown key': {
      edit: ({ states }, text) => (states.booking!.meta![`x${text.length}`] = text),
      tells: 'clinic.booking meta.x',
    },
    'a root key': {
      edit: ({ meta }, text) => Object.assign(meta, { languages: ['en', text] }),
      tells: 'clinic meta.languages',
    },
    'a target': {
      edit: ({ states }) => (states.booking!.on!['tool.failed'] = 'booked'),
      tells: 'clinic.booking|tool.failed|0 target',
    },
    'an action': {
      edit: ({ states }, text) =>
        (states.transferring!.on!['transfer.failed'] = {
          target: 'greeting',
          actions: { type: 'sayAgain', params: { text } },
        }),
      tells: 'clinic.transferring|transfer.failed|0 actions',
    },
    'a new event': {
      edit: ({ states }) => (states.booked!.on = { 'caller.books': 'booking' }),
      tells: 'clinic.booked|caller.books|0 ',
    },
  };

describe('whatever is edited', () => {
  it('is told, and nothing else is; told backwards, what came went', () => {
    const names = fc.uniqueArray(fc.constantFrom(...Object.keys(edits)), { minLength: 1 });
    const words = fc.string({ minLength: 1 }).map(text => `new ${text}`);
    fc.assert(
      fc.property(names, words, (chosen, text) => {
        const edited = clinicConfig();
        for (const name of chosen) edits[name]!.edit(edited, text);
        const [old, now] = [chart(clinicConfig()), chart(edited)];
        const diff = diffCharts(old, now);
        const told = [...diff.states, ...diff.transitions].flatMap(({ id, keys }) =>
          keys.length > 0 ? keys.map(({ key }) => `${id} ${key}`) : [`${id} `],
        );
        for (const { tells } of chosen.map(name => edits[name]!))
          expect(
            told.some(one => one.startsWith(tells)),
            tells,
          ).toBe(true);
        for (const one of told)
          expect(
            chosen.some(name => one.startsWith(edits[name]!.tells)),
            one,
          ).toBe(true);

        const back = diffCharts(now, old);
        const swap = { added: 'removed', removed: 'added', changed: 'changed' } as const;
        const flat = ({ states, transitions }: ChartDiff, turn: boolean) =>
          [...states, ...transitions].map(({ id, change }) => `${turn ? swap[change] : change} ${id}`).sort();
        expect(flat(back, true)).toEqual(flat(diff, false));
      }),
    );
  });

  it('leaves a difference that is plain data, and states and transitions under their ids', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.constantFrom(...Object.keys(edits))), chosen => {
        const edited = clinicConfig();
        for (const name of chosen) edits[name]!.edit(edited, 'new');
        const model = readChart(chart(edited));
        const diff = diffCharts(readChart(chart(clinicConfig())), model);
        expect(JSON.parse(JSON.stringify(diff))).toEqual(diff);
        const ids = new Set([...statesOf(model.root), ...model.transitions].map(({ id }) => id));
        for (const { id } of [...diff.states, ...diff.transitions]) expect(ids.has(id), id).toBe(true);
      }),
    );
  });
});
