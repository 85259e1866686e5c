import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { choicesBy } from '../../../machines/flow-view.ts';
import type { ChatToolCall } from '../../../src/language/chat.ts';
import { flowTools, readToolCalls, WAIT_TOOL } from '../../../src/language/flow-tools.ts';
import { slotDigits } from '../../../src/language/slot-digits.ts';
import { allViews } from '../../machines/flows/order-status-states.ts';
import { modelRequest, viewOf } from './requests.ts';

const known = new Map([
  [
    'findParcel',
    { description: 'Finds a parcel.', inputSchema: { type: 'object', properties: { city: {} } } },
  ],
]);
const withTools = { ...viewOf('takingNumber.asking'), tools: ['findParcel', 'unheardOf'] };

const call = (name: string, input: Record<string, unknown> = {}): ChatToolCall => ({ id: 'x', name, input });
const number = (orderNumber: unknown) => call('saysNumber', { orderNumber });
const names = (request = modelRequest()) => flowTools(request, known).map(({ name }) => name);

describe('the ways on as tools', () => {
  test('each open choice is one, in every state and however the words came', () => {
    for (const flow of allViews) {
      for (const by of ['voice', 'keypad', 'text'] as const) {
        const request = modelRequest({ flow, by });
        const tools = flowTools(request, known);
        const open = choicesBy(flow.choices, by);
        for (const { name, inputSchema } of tools) {
          expect(name).toMatch(/^[\w-]{1,64}$/);
          expect(inputSchema.type).toBe('object');
        }
        const events = tools.flatMap(({ name, inputSchema }) => {
          const slots = Object.keys((inputSchema.properties ?? {}) as object);
          const input = Object.fromEntries(slots.map(slot => [slot, '4711']));
          const answer = readToolCalls([call(name, input)], request);
          return answer.kind === 'choice' ? [answer.event] : [];
        });
        expect(events, `${flow.state} by ${by}`).toEqual(open.map(({ event }) => event));
      }
    }
  });

  test('a slot is asked for as digits of its length', () => {
    const tool = flowTools(modelRequest(), known).find(({ name }) => name === 'saysNumber');
    expect(tool?.inputSchema).toEqual({
      type: 'object',
      properties: {
        orderNumber: {
          type: 'string',
          pattern: '^[0-9]{4}$',
          description: expect.stringContaining('Exactly 4 digits'),
        },
      },
      required: ['orderNumber'],
      additionalProperties: false,
    });
  });

  test('only speech can be waited for, and never while a tool is', () => {
    expect(names()).toContain(WAIT_TOOL);
    expect(names(modelRequest({ by: 'keypad' }))).not.toContain(WAIT_TOOL);
    expect(names(modelRequest({ flow: viewOf('lookingUp') }))).not.toContain(WAIT_TOOL);
  });

  test("tools of the house are those the state allows and the house has; in the agent's own turn nothing else is", () => {
    expect(names(modelRequest({ flow: withTools })).at(-1)).toBe('findParcel');
    expect(names()).not.toContain('findParcel');
    expect(names(modelRequest({ flow: withTools, said: null }))).toEqual(['findParcel']);
  });

  test('names that fall together, or fall on a tool of the house, stay apart', () => {
    const [choice] = viewOf('takingNumber.asking').choices;
    const long = `caller.${'x'.repeat(80)}`;
    const events = [
      'caller.a b',
      'caller.a_b',
      'caller.findParcel',
      'caller.wait_for_more',
      `${long}1`,
      `${long}2`,
    ];
    const choices = events.map(event => ({ ...choice!, event, slots: {} }));
    const request = modelRequest({ flow: { ...withTools, choices } });
    const tools = flowTools(request, known).map(({ name }) => name);

    expect(new Set(tools).size).toBe(tools.length);
    const chosen = tools.map(name => readToolCalls([call(name)], request));
    expect(chosen.flatMap(answer => (answer.kind === 'choice' ? [answer.event] : []))).toEqual(events);
  });
});

describe("a reply's tool calls", () => {
  test('none at all are words', () => {
    expect(readToolCalls([], modelRequest())).toEqual({ kind: 'words' });
  });

  test('that make an open choice make it, with digits however they are written', () => {
    for (const written of [
      '4711',
      4711,
      'four seven one one',
      '47 11',
      'number 4-7-1-1.',
      'forty-seven eleven',
    ]) {
      expect(readToolCalls([number(written)], modelRequest()), String(written)).toEqual({
        kind: 'choice',
        event: 'caller.saysNumber',
        facts: { orderNumber: '4711' },
      });
    }
  });

  test.each([['471'], ['47110'], [''], ['unknown'], [null], [{}], [47.5], ['4711 or 4712']])(
    'with %j for four digits are nonsense, and why does not say what the caller said',
    written => {
      const answer = readToolCalls([number(written)], modelRequest());
      expect(answer).toEqual({ kind: 'nonsense', why: "the reply's 'saysNumber' has no usable orderNumber" });
    },
  );

  test('that are not open here are nonsense, whatever they are called', () => {
    for (const name of [
      'confirmsNumber',
      'keysNumber',
      'lookUpOrder',
      '__proto__',
      'constructor',
      "'); drop",
    ]) {
      expect(readToolCalls([call(name)], modelRequest()).kind, name).toBe('nonsense');
    }
    expect(readToolCalls([call('x\n<evil>')], modelRequest())).toMatchObject({
      why: expect.not.stringMatching(/[\n<]/),
    });
  });

  test('of several choices are the first that is valid, and a choice goes before everything', () => {
    const request = modelRequest({ flow: withTools });
    const first = readToolCalls([number('47'), call('asksForHelp'), call('wantsPerson')], request);
    expect(first).toMatchObject({ kind: 'choice', event: 'caller.asksForHelp' });
    expect(
      readToolCalls([call('findParcel'), call('whatever'), call(WAIT_TOOL), number('4711')], request),
    ).toMatchObject({ kind: 'choice', event: 'caller.saysNumber' });
  });

  test('for tools keep their inputs and get ids that are the same in every attempt', () => {
    const request = modelRequest({ flow: withTools, step: 3 });
    const twice = [call('findParcel', { city: 'Bonn' }), call('findParcel', { city: 'Ulm' })];
    expect(readToolCalls(twice, request)).toEqual({
      kind: 'tools',
      calls: [
        { id: 'CA1:2:3', name: 'findParcel', input: { city: 'Bonn' } },
        { id: 'CA1:2:3:1', name: 'findParcel', input: { city: 'Ulm' } },
      ],
    });
    expect(readToolCalls([...twice, call('dropTables')], request).kind).toBe('nonsense');
  });

  test('to wait are believed even beside a number that is not whole yet', () => {
    expect(readToolCalls([call(WAIT_TOOL)], modelRequest())).toEqual({ kind: 'wait' });
    expect(readToolCalls([number('47'), call(WAIT_TOOL)], modelRequest())).toEqual({ kind: 'wait' });
    expect(readToolCalls([call(WAIT_TOOL)], modelRequest({ by: 'text' })).kind).toBe('nonsense');
  });

  test('where the flow waits for its own tool, words lead to it, and a choice leads away', () => {
    const request = modelRequest({ flow: viewOf('lookingUp') });
    expect(readToolCalls([], request)).toMatchObject({
      kind: 'tools',
      calls: [{ id: 'CA1:2:0', name: 'lookUpOrder' }],
    });
    expect(readToolCalls([call('wantsPerson')], request)).toMatchObject({ event: 'caller.wantsPerson' });
  });
});

test('digits are read whole, or not at all', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^\d{1,12}$/), fc.constantFrom('', ' ', '-', '. '), (digits, between) => {
      const written = [...digits].join(between);
      expect(slotDigits(written, digits.length)).toBe(digits);
      expect(slotDigits(written, undefined)).toBe(digits);
      expect(slotDigits(written, digits.length + 1)).toBeNull();
    }),
  );
  expect(slotDigits('oh, four seven one one', 4)).toBe('4711');
  expect(slotDigits('four seven oh one', 4)).toBe('4701');
  expect(slotDigits('cuatro siete, doble uno', 4, 'es')).toBe('4711');
});
