import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { orderStatus } from '../../machines/flows/order-status.ts';
import { systemClock } from '../../runtime/clock.ts';
import type { LogEntry } from '../../runtime/journal.ts';
import { openNavigator } from '../../src/providers/embedded/navigator/navigator.ts';
import { says, scriptedModel, sleep } from '../harness/scripted-providers.ts';
import { SimCall } from '../harness/sim-call.ts';
import { disclosureLater, toolFirst } from '../harness/test-flows.ts';

const GREETING = 'Thanks for calling Acme. This is the automated order line. What is your order number?';

/** The navigator, with a record of what it was asked. */
function watchedNavigator() {
  const navigator = openNavigator({ clock: systemClock, firstWordDelayMs: 0, wordDelayMs: 0 });
  return scriptedModel((request, signal) => navigator.reply(request, signal));
}

describe('barge-in', () => {
  it('clears the line, and sends not one byte until the agent has a new turn', async () => {
    const sim = new SimCall();
    await sim.pass(2_000);
    sim.say('what are your opening hours.');
    await sim.until(() => sim.state.startsWith('floor.bargingIn'), 'the interruption');
    expect([sim.carrier.clears, sim.carrier.bytesSinceClear]).toEqual([1, 0]);
    await sim.until(() => {
      if (sim.call.record.lastTurn === 1) expect(sim.carrier.bytesSinceClear).toBe(0);
      return sim.call.record.lastTurn === 2;
    }, 'the next turn');
    await sim.untilListening();
    expect(sim.carrier.sequence.join(' ')).toMatch(/^(media mark )+(media )?clear (media mark ?)+$/);
    expect(sim.call.record.turns()).toMatchObject([
      { agent: { generated: GREETING, interrupted: true } },
      { caller: { text: 'what are your opening hours' }, agent: { interrupted: false } },
    ]);
  });

  it('says again, from the sentence that was cut off, what a cough interrupted', async () => {
    const sim = new SimCall();
    await sim.pass(3_000);
    sim.say('<cough> <cough>');
    await sim.until(() => sim.state.startsWith('floor.bargingIn'), 'the interruption');
    await sim.untilListening();
    expect(sim.call.record.turns()).toMatchObject([
      { purpose: 'greeting', agent: { interrupted: true } },
      {
        purpose: 'resume',
        agent: { heard: 'This is the automated order line. What is your order number?', interrupted: false },
      },
    ]);
  });

  it.each(['no', 'stop'])('is set off by %s, although it is short', async word => {
    const sim = new SimCall();
    await sim.pass(2_000);
    // With the detector's hang-over still shorter than a voice must last to interrupt by itself.
    sim.say(`${word}.`, 60);
    await sim.until(() => sim.call.record.turns().length === 2, 'the answer');
    expect(sim.carrier.clears).toBe(1);
    expect(sim.call.record.turns()).toMatchObject([
      { agent: { interrupted: true } },
      { caller: { text: word } },
    ]);
  });

  it('prepares the answer to an interruption while the caller may still go on', async () => {
    const sim = new SimCall();
    await sim.pass(2_000);
    sim.say('what are your opening hours.');
    await sim.until(() => sim.state === 'floor.replying.speculating', 'the preparation');
    expect(sim.carrier.bytesSinceClear).toBe(0);
    await sim.until(() => sim.state === 'floor.replying.speaking', 'the answer');
    expect(sim.call.record.turns().at(-1)).toMatchObject({ caller: { text: 'what are your opening hours' } });
  });

  it('calls the tool after all when a cough came before the agent had got to it', async () => {
    let asked = 0;
    const model = scriptedModel(async function* ({ flow, turn }) {
      if (flow.say) yield { type: 'text', text: `${flow.say} ` };
      // The first time the request for the tool comes too late.
      if (flow.tool && asked++ === 0) await new Promise(() => {});
      if (flow.tool) yield { type: 'toolCall', id: `tool-${turn}`, ...flow.tool };
      yield { type: 'end', reason: 'complete' };
    });
    const check = { name: 'check', description: '', timeoutMs: 1_000, run: async () => ({ ok: true }) };
    const sim = new SimCall({ flow: toolFirst, tools: [check], providers: { model } });
    await sim.pass(400);
    sim.say('<cough> <cough>');
    await sim.until(() => sim.call.record.turns().some(({ tools }) => tools.length > 0), 'the tool');
    await sim.untilListening();
    expect(sim.call.flowSnapshot().value).toBe('warning');
  });

  it('cannot stop a disclosure that follows a tool', async () => {
    const check = { name: 'check', description: '', timeoutMs: 1_000, run: async () => ({ ok: true }) };
    const sim = new SimCall({ flow: toolFirst, tools: [check] });
    await sim.until(() => sim.state === 'floor.replying.disclosing', 'the warning', 1_000);
    sim.say('never mind.');
    await sim.untilListening();
    expect(sim.carrier.clears).toBe(0);
    expect(sim.call.record.turns()[0]?.agent).toEqual({
      generated: 'One second. You must hear this warning to its very end.',
      heard: 'One second. You must hear this warning to its very end.',
      interrupted: false,
    });
  });

  it('cannot stop a disclosure that the model came to in the middle of its reply', async () => {
    const model = scriptedModel(function* ({ said, flow }) {
      if (said === 'ask') {
        yield { type: 'text', text: 'Just a moment please. ' };
        yield { type: 'choice', event: 'caller.asks', facts: {} };
        yield { type: 'end', reason: 'complete' };
      } else yield* says(flow.say ?? '');
    });
    const sim = new SimCall({ flow: disclosureLater, providers: { model } });
    await sim.untilListening();
    sim.say('ask.');
    await sim.until(() => sim.state === 'floor.replying.disclosing', 'the disclosure', 2_000);
    sim.say('stop.');
    await sim.pass(1_000);
    expect(sim.carrier.clears).toBe(0);
  });

  it('leaves in the history what the carrier had acknowledged, and nothing more, at any moment', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 7_200 }),
        fc.constantFrom('help.', 'no.', 'my order number is one zero two four.', '<cough> <cough>'),
        fc.integer({ min: 0, max: 1_500 }),
        async (atMs, words, firstAudioMs) => {
          const model = watchedNavigator();
          const sim = new SimCall({ flow: orderStatus, providers: { model }, firstAudioMs });
          await sim.pass(atMs);
          sim.say(words);
          await sim.pass(4_000);
          await sim.untilListening();
          await sim.converse('what are your opening hours.');

          for (const turn of sim.call.record.turns()) {
            const { generated, heard } = turn.agent;
            expect(generated.startsWith(heard)).toBe(true);
            const sounds = heard.replace(/(?<=[.?!]) /g, '').length;
            const acknowledgedMs = (sim.carrier.playedBytes.get(turn.turn) ?? 0) / 8;
            expect(sounds * 60).toBeLessThanOrEqual(acknowledgedMs);
          }
          const last = model.requests.at(-2);
          expect(last?.said).toBe('what are your opening hours');
          expect(last?.history).toEqual(
            sim.call.record
              .turns()
              .filter(({ turn }) => turn < (last?.turn ?? 0))
              .flatMap(({ caller, agent }) => [
                ...(caller ? [{ role: 'caller', text: caller.text, confidence: caller.confidence }] : []),
                ...(agent.heard ? [{ role: 'agent', text: agent.heard }] : []),
              ]),
          );
        },
      ),
      { numRuns: 40 },
    );
  });

  it('does not play the rest of a filler into the ear of a caller who is asked to go on', async () => {
    const model = scriptedModel(async function* ({ said }) {
      if (said === null) {
        yield* says('Hello?');
        return;
      }
      await new Promise<void>(resolve => sim.clock.setTimeout(resolve, 3_000));
      yield { type: 'end', reason: 'waitForMore' };
    });
    const sim: SimCall = new SimCall({ providers: { model } });
    await sim.untilListening();
    sim.say('well.');
    await sim.until(() => sim.state.startsWith('floor.waitingForMore'), 'the agent to wait');
    expect(sim.synthesis.said.at(-1)).toBe('One moment, please.');
    expect([sim.carrier.clears, sim.carrier.isPlaying]).toEqual([1, false]);
    await sim.pass(500);
    expect(sim.carrier.bytesSinceClear).toBe(0);
  });
});

describe('a speculated reply', () => {
  /** When the caller's last sound left, and the agent's first sound came. */
  async function answerTime(eager: boolean, words: string) {
    const sim = new SimCall({ flow: orderStatus, navigatorDelayMs: 100, firstAudioMs: 60 });
    await sim.untilListening();
    sim.say(eager ? `${words}.` : words);
    await sim.until(() => sim.call.record.lastUtterance === 1, 'the end of the turn');
    const endedMs = sim.clock.now();
    await sim.until(() => sim.state === 'floor.replying.speaking', 'the answer');
    return { sim, ms: sim.clock.now() - endedMs };
  }

  it('is heard sooner, since its making overlaps the pause', async () => {
    const guessed = await answerTime(true, 'my order number is one zero two four');
    const waited = await answerTime(false, 'my order number is one zero two four');
    expect(guessed.ms).toBeLessThanOrEqual(20);
    expect(waited.ms).toBeGreaterThanOrEqual(160);
    expect(guessed.sim.call.record.turns().at(-1)).toMatchObject({
      caller: { text: 'my order number is one zero two four' },
      choices: ['caller.saysNumber'],
    });
  });

  it('leaves no trace when the caller went on', async () => {
    const model = watchedNavigator();
    const sim = new SimCall({ providers: { model } });
    await sim.untilListening();
    sim.say('goodbye.');
    await sim.until(() => sim.state === 'floor.replying.speculating', 'the guess');
    sim.say('i mean help.');
    await sim.until(() => sim.state === 'floor.listening.hearing', 'the caller to go on');
    expect(sim.call.flowSnapshot().value).toEqual({ takingNumber: 'greeting' });
    await sim.converse('');

    expect(sim.call.record.turns()).toMatchObject([
      { purpose: 'greeting' },
      { purpose: 'answer', caller: { text: 'goodbye i mean help' } },
    ]);
    expect(model.requests.at(-1)?.history).toEqual([{ role: 'agent', text: GREETING }]);
    const events = sim.journal.entries.map((entry: LogEntry) =>
      entry.kind === 'event' ? entry.event.type : '',
    );
    expect(events).toContain('caller.wentOn');
  });

  describe('to a caller who was asked to go on', () => {
    const FIRST = 'my order number is';
    /** Waits for more after the first words, and says back what it is told then. */
    async function waitingForMore(navigatorDelayMs = 0) {
      const model = scriptedModel(async function* ({ said }, signal) {
        if (said === FIRST) yield { type: 'end', reason: 'waitForMore' };
        else {
          await sleep(sim.clock, navigatorDelayMs, signal);
          yield* says(said === null ? 'Hello?' : `You said: ${said}.`);
        }
      });
      const sim: SimCall = new SimCall({ providers: { model } });
      await sim.untilListening();
      sim.say(FIRST);
      await sim.until(() => sim.state.startsWith('floor.waitingForMore'), 'the agent to wait');
      return { sim, model };
    }

    it('is prepared to all of the words, while the caller may still go on', async () => {
      const { sim, model } = await waitingForMore(130);
      sim.say('one zero two four.');
      await sim.until(() => sim.state === 'floor.replying.speculating', 'the guess');
      const bytesBefore = sim.carrier.bytesSinceClear;
      await sim.until(() => {
        const isGuess = sim.state === 'floor.replying.speculating';
        if (isGuess) expect(sim.carrier.bytesSinceClear).toBe(bytesBefore);
        return !isGuess;
      }, 'the end of the turn');
      expect(sim.call.record.lastUtterance).toBe(2);
      await sim.until(() => sim.state === 'floor.replying.speaking', 'the answer', 40);
      await sim.untilListening();

      expect(model.requests.slice(1).map(({ said }) => said)).toEqual([FIRST, `${FIRST} one zero two four`]);
      expect(model.requests.at(-1)?.history).toEqual([{ role: 'agent', text: 'Hello?' }]);
      expect(sim.call.record.turns()).toMatchObject([
        { purpose: 'greeting' },
        {
          caller: { text: `${FIRST} one zero two four` },
          agent: { heard: `You said: ${FIRST} one zero two four.`, interrupted: false },
        },
      ]);
    });

    it('leaves no trace when the caller goes on again, and all of the words are answered', async () => {
      const { sim, model } = await waitingForMore();
      sim.say('one zero.');
      await sim.until(() => sim.state === 'floor.replying.speculating', 'the guess');
      sim.say('two four.');
      await sim.until(() => sim.state === 'floor.waitingForMore.hearing', 'the caller to go on');
      await sim.until(() => sim.state === 'floor.replying.speaking', 'the answer');
      await sim.untilListening();

      const words = `${FIRST} one zero two four`;
      expect(model.requests.slice(1).map(({ said }) => said)).toEqual([FIRST, `${FIRST} one zero`, words]);
      expect(sim.call.record.turns()).toMatchObject([
        { purpose: 'greeting' },
        { caller: { text: words }, agent: { heard: `You said: ${words}.` } },
      ]);
      sim.carrier.hangUp();
      expect((await sim.over()).unanswered).toEqual([]);
    });

    it('dies with its node, and what was certain is answered where the call goes on', async () => {
      const { sim: before } = await waitingForMore();
      before.say('one zero two four.');
      await before.until(() => before.state === 'floor.replying.speculating', 'the guess');
      const after = before.moved();
      after.reconnect();
      await after.untilListening();
      expect(after.call.record.turns().slice(1)).toMatchObject([
        { purpose: 'welcomeBack', caller: null },
        { purpose: 'answer', caller: { text: FIRST } },
      ]);
    });
  });
});
