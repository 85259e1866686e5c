import { beforeAll, describe, expect, test } from 'vitest';
import { type AnyStateMachine, createActor } from 'xstate';
import { type FlowView, viewFlow } from '../../../../../machines/flow-view.ts';
import { loadFlow } from '../../../../../src/flows/flows.ts';
import { askAgain } from '../../../../../src/providers/embedded/navigator/lines.ts';
import { choose } from '../../../../../src/providers/embedded/navigator/match.ts';

let machine: AnyStateMachine;

beforeAll(async () => {
  ({ machine } = await loadFlow('payment-reminder'));
});

function view(state: string, language = 'es-MX'): FlowView {
  const [first, last] = state.split('.') as [string, string];
  const snapshot = machine.resolveState({
    value: { [first]: last },
    context: {
      facts: { amount: '$128.40', dueDate: '2026-11-05', accountNumber: '700412', payDay: 'friday' },
    },
  } as never);
  return viewFlow(createActor(machine, { snapshot }).getSnapshot(), language);
}

function chosen(said: string, state: string) {
  const match = choose(said, 'voice', 1, view(state).choices);
  return match.outcome === 'chosen' ? match.event : null;
}

describe('a Spanish caller', () => {
  test.each([
    ['settling.readingBack', 'sí', 'caller.agrees'],
    ['settling.readingBack', 'si', 'caller.agrees'],
    ['settling.readingBack', 'Sí, correcto.', 'caller.agrees'],
    ['settling.readingBack', 'Pues sí, así es, gracias.', 'caller.agrees'],
    ['settling.readingBack', 'no', 'caller.declines'],
    ['settling.readingBack', 'No, no es correcto.', 'caller.declines'],
    ['settling.readingBack', 'quiero hablar con una persona, por favor', 'caller.wantsPerson'],
    ['settling.readingBack', 'No, quiero hablar con una persona.', 'caller.wantsPerson'],
    ['settling.askingPayDay', 'puedo pagar el miercoles', 'caller.promises'],
    ['settling.askingPayDay', 'No puedo pagar.', 'caller.cannotPay'],
    ['settling.askingPayDay', 'Ya pagué.', 'caller.disputes'],
    ['finding.greeting', '¿De parte de quién?', 'caller.asksWhoCalls'],
    ['finding.greeting', '¡No me llamen más!', 'caller.wantsNoCalls'],
  ])('in %s is understood: “%s” is %s', (state, said, event) => {
    expect(chosen(said, state)).toBe(event);
  });

  test.each([
    ['settling.readingBack', 'no quiero hablar con una persona'],
    ['settling.readingBack', 'no, es correcto'],
    ['settling.askingPayDay', 'hace mucho calor en casa'],
    ['finding.greeting', 'tengo veinticinco años'],
  ])('in %s is asked again after “%s”, which may mean the opposite or nothing', (state, said) => {
    expect(chosen(said, state)).toBeNull();
  });

  test('who says yes and no has not agreed', () => {
    for (const said of ['sí no', 'no sí', 'sí, no es correcto'])
      expect(chosen(said, 'settling.readingBack'), said).not.toBe('caller.agrees');
  });

  test('gives digits in words', () => {
    const match = choose(
      'es el dos cero cero cero uno',
      'voice',
      1,
      view('verifying.askingPostcode').choices,
    );

    expect(match).toMatchObject({ event: 'caller.givesPostcode', facts: { postcode: '20001' } });
  });
});

test('who was not understood is helped in the language of the flow', () => {
  const asking = view('verifying.askingPostcode');

  expect(askAgain(asking, 0)).toBe(
    'Perdone, no le he entendido. ¿Cuáles son las cinco cifras de su código postal?',
  );
  expect(askAgain(asking, 1)).toContain('También puede marcar el número en el teclado.');
  expect(askAgain(asking, 5)).toContain('Para hablar con una persona, diga agente.');
  expect(askAgain(view('finding.greeting'), 1)).toContain('Puede decir, por ejemplo, sí, o no.');
  expect(askAgain(view('verifying.askingPostcode', 'fr'), 0)).toContain("Sorry, I didn't catch that.");
});
