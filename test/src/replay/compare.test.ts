import { describe, expect, it } from 'vitest';
import type { AnyStateMachine } from 'xstate';
import { orderStatus } from '../../../machines/flows/order-status.ts';
import type { Tool } from '../../../runtime/ports.ts';
import { compareCall } from '../../../src/replay/compare.ts';
import type { CallComparison } from '../../../src/replay/comparison.ts';
import type { RecordedCall } from '../../../src/replay/recorded-call.ts';
import { storyOf } from '../../../src/replay/story.ts';
import { SimCall } from '../../harness/sim-call.ts';
import { edited, record, recordingOf, renamed } from './recorded.ts';

const wholeCall = ['one zero two four.', 'yes.', 'opening hours.', 'no thanks.'];

function compare(call: RecordedCall, flow: AnyStateMachine): CallComparison {
  return compareCall(storyOf(call, orderStatus), flow);
}

/** Where both flows were, beat by beat, and on what grounds: `= a`, `~ a → b`, `? a → ?`. */
function course({ beats }: CallComparison): string[] {
  const marks = { fact: '=', recorded: '~', navigator: '≈', unknown: '?' };
  return beats.map(({ was, would, basis }) => {
    const from = was?.state ?? '–';
    const to = would?.state ?? '?';
    return `${marks[basis]} ${from}${from === to ? '' : ` → ${to}`}`;
  });
}

describe('a recorded call in an edited flow', () => {
  it('stays the same, as a fact, in the same flow under another name', async () => {
    const call = await record([...wholeCall.slice(0, 3), 'bananas.', 'no thanks.']);
    const comparison = compare(call, renamed());

    expect(comparison).toMatchObject({ effect: 'unchanged', parting: null, turning: null, isAssumed: false });
    expect(comparison.beats.map(({ basis }) => basis)).toEqual(Array(7).fill('fact'));
    expect(comparison.end.would).toEqual(comparison.end.was);
    expect(comparison.end.was).toEqual({ state: 'goodbye', how: 'completed' });
  });

  it('parts where a line is worded otherwise, and takes the same choices on as a guess', async () => {
    const comparison = compare(
      await record(wholeCall),
      edited(chart => {
        chart.states.takingNumber.states.confirming.meta.say = 'Was that {orderNumber:digits}?';
      }),
    );

    expect(comparison.effect).toBe('otherWords');
    expect(comparison.parting).toMatchObject({
      differs: ['line'],
      was: { line: 'I heard 1 0 2 4. Is that right?' },
      would: { line: 'Was that 1 0 2 4?' },
      words: 'yes',
      choiceThen: 'caller.confirmsNumber',
      existsNow: true,
      choiceNow: 'caller.confirmsNumber',
      leadsTo: 'lookingUp',
    });
    expect(course(comparison)).toEqual([
      '= takingNumber.greeting',
      '= takingNumber.confirming',
      '~ lookingUp',
      '~ answering.orderFound',
      '~ answering.openingHours',
      '~ goodbye',
    ]);
  });

  it('skips the question that an edited flow does not ask, with what the tool said in this call', async () => {
    const comparison = compare(
      await record(wholeCall),
      edited(chart => {
        chart.on['caller.saysNumber'].target = '.lookingUp';
      }),
    );

    expect(course(comparison)).toEqual([
      '= takingNumber.greeting',
      '= takingNumber.confirming → lookingUp',
      '~ – → answering.orderFound',
      // “Yes” answers “is there anything else?” there.
      '≈ lookingUp → helping',
      '~ answering.orderFound → helping',
      '~ answering.openingHours',
      '~ goodbye',
    ]);
    expect(comparison.parting).toMatchObject({
      words: 'yes',
      choiceThen: 'caller.confirmsNumber',
      existsNow: false,
      choiceNow: 'caller.hasAnotherQuestion',
    });
    expect(comparison.effect).toBe('otherCourse');
    expect(comparison.facts.would).toEqual(comparison.facts.was);
  });

  it('does not know how a call goes on when its words fit nothing any more', async () => {
    const comparison = compare(
      await record(wholeCall),
      edited(chart => {
        delete chart.on['caller.asksOpeningHours'];
      }),
    );

    expect(comparison).toMatchObject({
      effect: 'unknown',
      // Nobody noticed before the caller asked.
      parting: { seq: 0, differs: ['choices'] },
      turning: {
        words: 'opening hours',
        choiceThen: 'caller.asksOpeningHours',
        existsNow: false,
        choiceNow: null,
      },
      end: { would: { state: null, how: 'unknown' } },
      unknown: { state: 'answering.orderFound', why: expect.stringContaining('the flow asks again') },
      closed: [{ state: 'answering.orderFound', choice: 'caller.asksOpeningHours' }],
    });
    expect(course(comparison).slice(-2)).toEqual([
      '≈ answering.openingHours → answering.orderFound',
      '? goodbye → ?',
    ]);
    expect(comparison.beats.at(-2)?.asksAgain).toEqual({ was: false, would: true });
  });

  it('does not know what a tool would answer that the call never asked', async () => {
    const comparison = compare(
      await record(['one zero two four.', 'yes.', 'no thanks.']),
      edited(chart => {
        chart.states.lookingUp.meta.tool.name = 'lookUpParcel';
      }),
    );

    expect(comparison.unknown).toEqual({
      state: 'lookingUp',
      why: 'the call holds no answer to lookUpParcel {"orderNumber":"1024"}.',
    });
  });

  it('finds that words are understood which were not', async () => {
    const call = await record(['bananas.', 'goodbye.']);
    const comparison = compare(
      call,
      edited(chart => {
        chart.on['caller.asksForHelp'].meta.phrases = ['bananas'];
      }),
    );

    expect(comparison.parting).toMatchObject({
      differs: ['state', 'line', 'choices', 'understanding'],
      words: 'bananas',
      choiceThen: null,
      choiceNow: 'caller.asksForHelp',
      leadsTo: 'helping',
    });
    expect(course(comparison)).toEqual([
      '= takingNumber.greeting',
      '≈ takingNumber.greeting → helping',
      '~ goodbye',
    ]);
  });

  it('says that it assumes what it assumes, when phrases differ that the call did not need', async () => {
    const comparison = compare(
      await record(wholeCall),
      edited(chart => {
        chart.on['caller.asksForHelp'].meta.phrases = ['bananas'];
      }),
    );

    expect(comparison).toMatchObject({ effect: 'unchanged', parting: null, isAssumed: true });
    expect(comparison.beats.map(({ basis }) => basis)).toEqual(['fact', ...Array(5).fill('recorded')]);
  });

  it('ends a call where the edited flow hangs up, although the caller had more to say', async () => {
    const comparison = compare(
      await record(['one zero two four.', 'yes.', 'opening hours.', 'help.']),
      edited(chart => {
        chart.states.answering.states.openingHours.meta.afterwards = 'hangUp';
      }),
    );

    expect(comparison.effect).toBe('otherEnd');
    expect(comparison.end).toEqual({
      was: { state: 'helping', how: 'hungUp' },
      would: { state: 'answering.openingHours', how: 'hangUp' },
    });
    expect(comparison.beats.at(-1)).toMatchObject({ words: 'help', would: null });
  });

  it('goes on where the recorded flow hung up and the edited one does not', async () => {
    const comparison = compare(
      await record(['goodbye.']),
      edited(chart => {
        delete chart.states.goodbye.meta.afterwards;
      }),
    );

    expect(comparison.end).toEqual({
      was: { state: 'goodbye', how: 'completed' },
      would: { state: 'goodbye', how: 'goesOn' },
    });
  });

  it('knows when the number that was asked for is another', async () => {
    const comparison = compare(
      await record(['one zero two four.', 'yes.']),
      edited(chart => {
        delete chart.on['caller.saysNumber'].actions;
      }),
    );
    // Without its fact the tool is asked for nothing.
    expect(comparison.turning).toMatchObject({ differs: ['line', 'facts'] });
    expect(comparison.effect).toBe('unknown');
  });

  it('names the fault of an edited flow that fails, and ends there', async () => {
    const comparison = compare(
      await record(['help.', 'goodbye.']),
      edited(chart => {
        chart.states.helping.on = { 'caller.gasps': { guard: 'isNowhere', meta: { phrases: ['ah'] } } };
      }),
    );

    expect(comparison.unknown?.why).toMatch(/fails here: .*isNowhere/);
    expect(comparison).toMatchObject({
      effect: 'unknown',
      parting: { differs: ['fault'], words: 'help', choiceThen: 'caller.asksForHelp', leadsTo: null },
    });
    expect(course(comparison)).toEqual(['= takingNumber.greeting', '? helping → ?', '? goodbye → ?']);
  });

  it('gives a tool’s answers in the order in which they came then', async () => {
    let asked = 0;
    const lookUp: Tool = {
      name: 'lookUpOrder',
      description: 'Fails once.',
      timeoutMs: 1_000,
      run: async () => {
        if (asked++ === 0) throw new Error('the records are closed');
        return { found: true, item: 'a lamp', status: 'is on its way', arrival: 'Soon.' };
      },
    };
    const call = await record(['one zero two four.', 'yes.', 'yes please.', 'no thanks.'], {
      tools: [lookUp],
    });
    const comparison = compare(
      call,
      edited(chart => {
        chart.on['caller.saysNumber'].target = '.lookingUp';
      }),
    );

    expect(course(comparison)).toEqual([
      '= takingNumber.greeting',
      '= takingNumber.confirming → lookingUp',
      '~ – → lookupFailed',
      // “Yes” answers “shall I try again?” there.
      '≈ lookingUp',
      '~ lookupFailed → answering.orderFound',
      '≈ lookingUp → helping',
      '~ answering.orderFound → helping',
      '≈ goodbye → helping',
    ]);
  });

  it('lets a caller go on who cut the agent off where the edited flow would hang up', async () => {
    const sim = new SimCall();
    await sim.untilListening();
    sim.say('help.');
    await sim.until(() => sim.state === 'floor.replying.speaking', 'the help');
    await sim.pass(500);
    await sim.converse('opening hours.');
    sim.carrier.hangUp();
    await sim.over();
    const hangsUp = edited(chart => {
      chart.states.helping.meta.afterwards = 'hangUp';
    });

    expect(course(compare(recordingOf(sim), hangsUp))).toEqual([
      '= takingNumber.greeting',
      '= helping',
      '~ answering.openingHours',
    ]);
    expect(course(compare(await record(['help.', 'opening hours.']), hangsUp)).at(-1)).toBe(
      '~ answering.openingHours → ?',
    );
  });
});
