import { describe, expect, test } from 'vitest';
import type { FlowView } from '../../../../../machines/flow-view.ts';
import { SimulatedClock } from '../../../../../runtime/clock.ts';
import type { ModelEvent, ModelRequest } from '../../../../../runtime/ports.ts';
import { openNavigator } from '../../../../../src/providers/embedded/navigator/navigator.ts';
import { allViews } from '../../../../machines/flows/order-status-states.ts';

function view(state: string): FlowView {
  const found = allViews.find(one => one.state === state);
  if (!found) throw new Error(`The flow has no state ${state}.`);
  return found;
}

function request(state: string, said: string | null, extra: Partial<ModelRequest> = {}): ModelRequest {
  return {
    callId: 'call-1',
    turn: 3,
    step: 1,
    language: 'en-US',
    country: null,
    rounds: [],
    flow: view(state),
    history: [],
    said,
    by: 'voice',
    confidence: 1,
    misunderstood: 0,
    ...extra,
  };
}

/** A reply under way: what it has yielded so far, and when. */
function listen(asked: ModelRequest, delays = { firstWordDelayMs: 0, wordDelayMs: 0 }) {
  const clock = new SimulatedClock();
  const abort = new AbortController();
  const heard: [atMs: number, event: ModelEvent][] = [];
  const finished = (async () => {
    for await (const event of openNavigator({ clock, ...delays }).reply(asked, abort.signal)) {
      heard.push([clock.now(), event]);
    }
  })();
  return { clock, abort, heard, finished };
}

async function reply(asked: ModelRequest): Promise<ModelEvent[]> {
  const { heard, finished } = listen(asked);
  await finished;
  return heard.map(([, event]) => event);
}

function textOf(events: readonly ModelEvent[]): string {
  return events.map(event => (event.type === 'text' ? event.text : '')).join('');
}

describe('speaking of its own accord', () => {
  test.each(allViews.map(one => one.state))('says the line of %s, whole and word by word', async state => {
    const events = await reply(request(state, null));

    expect(textOf(events)).toBe(view(state).say);
    expect(events.filter(event => event.type === 'text').length).toBe(view(state).say!.split(' ').length);
    expect(events.at(-1)).toEqual({ type: 'end', reason: 'complete' });
  });

  test('asks for the tool of a state after its line, by an id that a repeated request repeats', async () => {
    const events = await reply(request('lookingUp', null));

    expect(events.at(-2)).toEqual({
      type: 'toolCall',
      id: 'call-1:3:1',
      name: 'lookUpOrder',
      input: { orderNumber: '4711' },
    });
    expect(await reply(request('lookingUp', null))).toEqual(events);
  });

  test('ends at once where there is nothing to say', async () => {
    const flow = { ...view('goodbye'), say: null };

    expect(await reply(request('goodbye', null, { flow }))).toEqual([{ type: 'end', reason: 'complete' }]);
  });
});

describe('answering', () => {
  test('yields the choice alone', async () => {
    expect(await reply(request('takingNumber.greeting', 'order four seven one one'))).toEqual([
      { type: 'choice', event: 'caller.saysNumber', facts: { orderNumber: '4711' } },
      { type: 'end', reason: 'complete' },
    ]);
  });

  test('waits without a word for a caller who has not finished', async () => {
    expect(await reply(request('takingNumber.asking', 'my order number is four'))).toEqual([
      { type: 'end', reason: 'waitForMore' },
    ]);
  });

  test.each([
    [0, "Sorry, I didn't catch that. What are the four digits of your order number?"],
    [
      1,
      "Sorry, I still didn't get that. You can also key in the number. What are the four digits of your order number?",
    ],
    [
      2,
      "I'm sorry, I'm having trouble understanding. To talk to a person, say agent. What are the four digits of your order number?",
    ],
    [
      7,
      "I'm sorry, I'm having trouble understanding. To talk to a person, say agent. What are the four digits of your order number?",
    ],
  ])('after %i misunderstandings says "%s"', async (misunderstood, line) => {
    const events = await reply(request('takingNumber.asking', 'purple elephants', { misunderstood }));

    expect(textOf(events)).toBe(line);
    expect(events.at(-1)).toEqual({ type: 'end', reason: 'notUnderstood' });
  });

  test('does not tell of keys that would not answer what is asked', async () => {
    const flow = { ...view('takingNumber.asking'), collects: { callerName: 'The name.' } };
    const events = await reply(
      request('takingNumber.asking', 'purple elephants', { flow, misunderstood: 1 }),
    );

    expect(textOf(events)).not.toContain('key in');
  });

  test('gives examples in a flow without a keypad, and no way to a person that is not there', async () => {
    const { choices, ...rest } = view('answering.anythingElse');
    const open = choices.filter(choice => !choice.by && choice.event !== 'caller.wantsPerson');
    const asked = request('answering.anythingElse', 'purple elephants', {
      flow: { ...rest, choices: open },
      misunderstood: 2,
    });

    expect(textOf(await reply(asked))).toBe(
      "I'm sorry, I'm having trouble understanding. You can say, for example, yes, or no. Is there anything else I can help you with?",
    );
  });

  test('asks for the tool again when the caller talks into the wait, and lets the caller leave it', async () => {
    const talk = await reply(request('lookingUp', 'take your time'));
    const leave = await reply(request('lookingUp', 'goodbye'));

    expect(talk.map(event => event.type).slice(-2)).toEqual(['toolCall', 'end']);
    expect(leave[0]).toEqual({ type: 'choice', event: 'caller.saysGoodbye', facts: {} });
  });
});

describe('at a model’s pace', () => {
  const pace = { firstWordDelayMs: 300, wordDelayMs: 20 };

  test('the first word and every further word come at their times', async () => {
    const { clock, heard, finished } = listen(request('lookingUp', null), pace);

    await clock.advance(299);
    expect(heard).toEqual([]);
    await clock.advance(100);
    await finished;

    expect(heard.map(([atMs, event]) => [atMs, event.type === 'text' ? event.text : event.type])).toEqual([
      [300, 'Let'],
      [320, ' me'],
      [340, ' look'],
      [360, ' that'],
      [380, ' up.'],
      [380, 'toolCall'],
      [380, 'end'],
    ]);
  });

  test.each([0, 310])('stops when aborted after %i ms: no further word, no end, no timer', async atMs => {
    const { clock, abort, heard, finished } = listen(request('lookingUp', null), pace);
    await clock.advance(atMs);
    const before = heard.length;

    abort.abort();
    await finished;
    await clock.advance(1_000);

    expect(heard.length).toBe(before);
    expect(clock.pending).toBe(0);
  });

  test('says nothing to a signal that is already aborted', async () => {
    const clock = new SimulatedClock();
    const navigator = openNavigator({ clock, firstWordDelayMs: 0, wordDelayMs: 0 });
    const events = navigator.reply(request('lookingUp', null), AbortSignal.abort());

    for await (const event of events) expect.unreachable(`It yielded ${event.type}.`);
  });

  test('leaves no timer behind when its reader stops reading', async () => {
    const clock = new SimulatedClock();
    const events = openNavigator({ clock, ...pace }).reply(
      request('lookingUp', null),
      new AbortController().signal,
    );
    const reader = events[Symbol.asyncIterator]();
    const first = reader.next();
    await clock.advance(300);
    await first;
    await reader.return?.();

    expect(clock.pending).toBe(0);
  });
});
