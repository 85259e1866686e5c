import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { orderStatus } from '../../../machines/flows/order-status.ts';
import { systemClock } from '../../../runtime/clock.ts';
import type { LanguageModel } from '../../../runtime/ports.ts';
import { openRehearsal, type Rehearsal, type RehearsalOptions } from '../../../src/rehearsal/rehearsal.ts';
import { tellLine } from '../../../src/rehearsal/transcript.ts';
import { openTools } from '../../../src/tools/index.ts';
import { says } from '../../harness/scripted-providers.ts';
import { SimCall } from '../../harness/sim-call.ts';

const open = (options: Partial<RehearsalOptions> = {}) => openRehearsal({ flow: orderStatus, ...options });
const quick = { recognition: 0, model: 0, voice: 0, tool: 100 };

async function converse(call: Rehearsal, ...lines: string[]): Promise<void> {
  await call.untilListening();
  for (const line of lines) {
    await call.callerSays(line);
    await call.untilListening();
  }
}

describe('a rehearsal', () => {
  it('is the call as it would be, to the words, the choices and the record', async () => {
    const call = open();
    await converse(call, 'My order number is one zero two four.', 'Yes.', "No, that's all.");
    const { outcome, facts, turns } = await call.end();

    expect({ outcome, number: facts.orderNumber }).toEqual({ outcome: 'completed', number: '1024' });
    expect(turns.map(({ choices }) => choices)).toEqual([
      [],
      ['caller.saysNumber'],
      ['caller.confirmsNumber'],
      ['caller.needsNothingElse'],
    ]);
    for (const { agent } of turns) expect(agent.heard).toBe(agent.generated);
    expect(call.clock.pending).toBe(0);
  });

  it('comes to the same as a call played frame by frame, although it takes longer steps', async () => {
    const lines = ['my order number is one zero two four', 'yes', 'what are your opening hours', 'no'];
    const inFrames = new SimCall({ recognitionMs: 0, toolDelayMs: 100 });
    await inFrames.untilListening();
    for (const line of lines) await inFrames.converse(line);
    const call = open({ latencies: quick });
    await converse(call, ...lines);

    const gist = (turns: Rehearsal['turns']) =>
      turns.map(({ caller, agent, choices, tools }) => [caller?.text, agent, choices, tools.length]);
    expect(gist((await call.end()).turns)).toEqual(gist((await inFrames.over()).turns));
  });

  it('has the agent cut off at the moment that was asked for, and never counts a word that was not played', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 200, max: 4_500 }), async afterMs => {
        const call = open({ latencies: quick });
        expect(await call.untilHeard({ ms: afterMs })).toBe(true);
        await call.callerSays('what are your opening hours');
        await call.untilListening();
        const [greeting] = call.turns;
        // The voice takes 60 ms a letter; it goes on until the caller has spoken for 300 ms.
        const heardMs = (greeting?.agent.heard.replace(/(?<=[.?!]) /g, '').length ?? 0) * 60;
        expect(heardMs).toBeLessThanOrEqual(afterMs + 320);
        if (afterMs < 4_200) expect(greeting?.agent.interrupted).toBe(true);
        expect(call.flow.state).toBe('answering.openingHours');
      }),
      { numRuns: 40 },
    );
  });

  it('waits for so many words of the reply, and says so when there are not as many', async () => {
    const call = open();
    expect(await call.untilHeard({ words: 3 })).toBe(true);
    expect(call.clock.now()).toBe(120 + 'Thanks for calling'.length * 60);
    expect(await call.untilHeard({ words: 100 })).toBe(false);
    expect(call.state).toBe('floor.listening.quiet');
  });

  it('tells how long the caller waited for an answer: the pause, and what the others took', async () => {
    const latencies = { recognition: 150, model: 500, voice: 100, tool: 0 };
    const call = open({ latencies });
    await converse(call, 'bananas in pyjamas');
    // 200 ms until the voice is known to be gone, 700 ms of pause: no whole phrase.
    expect(call.answerMs).toBe(200 + 700 + 150 + 500 + 100);
    await converse(call, 'opening hours');
    // A whole phrase is answered sooner, and the answer is prepared in the pause.
    expect(call.answerMs).toBe(200 + 60 + 500 + 100);
  });

  it('is the same again with the same seed, and another with another', async () => {
    const play = async (seed: number) => {
      const call = open({ seed, shaken: true });
      await converse(call, 'one zero two four', 'yes', 'goodbye');
      await call.end();
      return call.transcript.map(tellLine).join('\n');
    };
    const first = await play(1);
    expect(await play(1)).toBe(first);
    expect(await play(2)).not.toBe(first);
  });

  it('knows what the caller’s company knew before the call', async () => {
    const call = open({ facts: { orderNumber: '4711' } });
    await call.untilListening();
    expect(call.flow.facts).toEqual({ orderNumber: '4711' });
  });

  it('passes the caller on, brings the caller back, or has nobody to pass to', async () => {
    const outcomes: string[] = [];
    for (const transfer of ['connects', 'fails', 'none'] as const) {
      const call = open({ transfer });
      await converse(call, 'I want to talk to a person');
      outcomes.push(call.hasEnded ? (await call.end()).outcome : call.flow.state);
    }
    expect(outcomes).toEqual(['transferred', 'answering.anythingElse', 'answering.anythingElse']);
  });

  it('throws when the call comes nowhere, with the state it is in', async () => {
    const call = open({ latencies: { voice: 1_000_000 } });
    call.arm('voice', { kind: 'stalls' }, 100);
    const stuck = call.untilHeard({ ms: 1 }).then(heard => (heard ? 'heard' : call.state));
    // The product gives up on a dead voice by itself, which ends the call: nothing is ever stuck for good.
    expect(await stuck).toBe('ended');
    const other = open({ model: () => ({ name: 'mute', async *reply() {} }) });
    await expect(other.untilHeard({ words: 1_000 })).resolves.toBe(false);
  });
});

describe('what goes wrong in a rehearsal', () => {
  it.each([
    ['model', /something went wrong/],
    ['voice', /something went wrong/],
  ] as const)('is the %s once, and is apologised for', async (part, words) => {
    const call = open();
    await call.untilListening();
    call.arm(part, { kind: 'fails' });
    await call.callerSays('help');
    await call.untilListening();
    expect(call.turns.map(({ agent }) => agent.heard).join(' ')).toMatch(words);
    await converse(call, 'help');
    expect(call.flow.state).toBe('helping');
  });

  it('is not used up by a reply that nobody ever hears of', async () => {
    const call = open({ latencies: { model: 0 } });
    await call.untilListening();
    call.arm('model', { kind: 'fails' });
    // A whole phrase: the answer is prepared before the turn is certain, fails unheard, and fails again.
    await call.callerSays('opening hours');
    await call.untilListening();
    expect(call.turns.map(({ purpose }) => purpose)).toContain('apology');
  });

  it('is a voice that is slow by so much', async () => {
    const answerMs = async (byMs: number) => {
      const call = open();
      await call.untilListening();
      if (byMs > 0) call.arm('voice', { kind: 'slow', byMs });
      await call.callerSays('bananas in pyjamas');
      await call.untilListening();
      return call.answerMs ?? 0;
    };
    expect((await answerMs(1_000)) - (await answerMs(0))).toBe(1_000);
  });

  it('is a tool that never answers, until its time is up', async () => {
    const call = open();
    await call.untilListening();
    call.arm('tool', { kind: 'stalls' });
    await call.callerKeys('1024#');
    await call.untilListening();
    expect(call.turns.at(-1)?.tools).toMatchObject([{ error: 'no answer within 5000 ms' }]);
    expect(call.flow.state).toBe('lookupFailed');
  });

  it('is a line that is lost and comes back', async () => {
    const call = open();
    await converse(call, 'one zero two four');
    await call.loseLine(3_000);
    await call.untilListening();
    expect(call.turns.at(-1)?.agent.heard).toMatch(/^Sorry, we were cut off/);
    await converse(call, 'yes');
    expect(call.flow.state).toBe('answering.orderFound');
  });
});

describe('what is real in a rehearsal', () => {
  it('takes the time that it takes, while simulated time would have jumped past every deadline', async () => {
    const tookMs = 60;
    const model: LanguageModel = {
      name: 'hosted',
      async *reply({ said, flow }) {
        await new Promise<void>(resolve => systemClock.setTimeout(resolve, tookMs));
        yield* says(said ?? flow.say ?? '');
      },
    };
    const call = open({ model: () => model, latencies: quick });
    await call.untilListening();
    const sinceMs = systemClock.now();
    await call.callerSays('bananas in pyjamas');
    await call.untilListening();
    expect(systemClock.now() - sinceMs).toBeGreaterThanOrEqual(tookMs - 2);
    expect(call.turns.at(-1)?.agent.heard).toBe('bananas in pyjamas');
    expect(call.answerMs).toBeGreaterThanOrEqual(200 + 700 + tookMs - 2);
    expect(call.turns.some(({ purpose }) => purpose === 'apology')).toBe(false);
  });

  it('may be tools that do not exist yet', async () => {
    const call = open({
      tools: clock => [...openTools({ clock, toolDelayMs: 0 }).values()],
      answers: { lookUpOrder: [{ result: { found: false } }] },
    });
    await call.untilListening();
    await call.callerKeys('1024#');
    await call.untilListening();
    expect(call.flow.state).toBe('orderNotFound');
  });
});
