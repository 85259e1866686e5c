import { describe, expect, it } from 'vitest';
import { SimCall } from '../harness/sim-call.ts';
import { disclosure } from '../harness/test-flows.ts';

describe('a whole call', () => {
  it('goes from greeting to goodbye, with a tool call, and leaves a record', async () => {
    const sim = new SimCall();
    await sim.untilListening();
    await sim.converse('my order number is one zero two four.');
    await sim.converse('yes.');
    await sim.converse('no that is all.');
    const summary = await sim.over();

    expect(summary).toMatchObject({
      outcome: 'completed',
      unanswered: [],
      facts: { orderNumber: '1024', status: 'is on its way' },
    });
    expect(summary.turns).toMatchObject([
      { purpose: 'greeting', caller: null },
      { caller: { text: 'my order number is one zero two four' }, choices: ['caller.saysNumber'] },
      { caller: { text: 'yes' }, tools: [{ name: 'lookUpOrder', result: { found: true }, error: null }] },
      { caller: { text: 'no that is all' }, agent: { heard: 'Thanks for calling Acme. Goodbye!' } },
    ]);
    for (const { agent } of summary.turns) expect(agent.heard).toBe(agent.generated);
  });

  it('takes a number that is keyed in', async () => {
    const sim = new SimCall();
    await sim.untilListening();
    for (const digit of '1024') {
      sim.carrier.key(digit);
      await sim.pass(300);
    }
    expect(sim.state).toBe('floor.listening.keying');
    await sim.until(() => sim.state.startsWith('floor.replying'), 'the agent to reply');
    await sim.untilListening();
    expect(sim.call.record.turns().at(-1)).toMatchObject({
      caller: { text: '1024', by: 'keypad', confidence: 1 },
      tools: [{ result: { orderNumber: '1024' } }],
    });
  });

  it('keeps what is said during a disclosure, and answers it afterwards', async () => {
    const sim = new SimCall({ flow: disclosure });
    await sim.until(() => sim.state === 'floor.replying.disclosing', 'the disclosure');
    sim.say('yes.');
    await sim.until(() => sim.call.record.lastUtterance === 1, 'the words');
    expect(sim.state).toBe('floor.replying.disclosing');
    await sim.until(() => sim.call.record.lastTurn === 2, 'the answer');
    await sim.untilListening();

    expect(sim.carrier.clears).toBe(0);
    expect(sim.call.record.turns()).toMatchObject([
      { agent: { heard: 'This call is recorded. Do you agree?', interrupted: false } },
      {
        caller: { text: 'yes' },
        choices: ['caller.agrees'],
        agent: { heard: 'Thank you. What can I do for you?' },
      },
    ]);
  });

  it('does not remind a caller who has been talking since the disclosure', async () => {
    const sim = new SimCall({ flow: disclosure });
    await sim.pass(1_500);
    sim.say('well '.repeat(80).trim());
    await sim.pass(12_000);
    expect(sim.state).toBe('floor.listening.hearing');
    expect(sim.call.record.lastTurn).toBe(1);
  });

  it('hears two pieces of one thought as one turn', async () => {
    const sim = new SimCall();
    await sim.untilListening();
    sim.say('my order number is one zero.');
    await sim.until(() => sim.state.startsWith('floor.waitingForMore'), 'the agent to wait');
    await sim.converse('two four.');
    expect(sim.call.record.turns().at(-1)).toMatchObject({
      caller: { text: 'my order number is one zero two four' },
      choices: ['caller.saysNumber'],
    });
  });

  it('lets the caller add something before the answer has begun', async () => {
    const sim = new SimCall({ firstAudioMs: 1_500 });
    await sim.untilListening();
    sim.say('my order number is.');
    await sim.until(() => sim.state === 'floor.replying.thinking', 'the agent to think');
    await sim.pass(100);
    await sim.converse('one zero two four.');
    expect(sim.call.record.turns().at(-1)).toMatchObject({
      caller: { text: 'my order number is one zero two four' },
    });
  });

  it('reminds a silent caller twice, says goodbye and ends', async () => {
    const sim = new SimCall();
    const { outcome, turns } = await sim.over();
    expect(outcome).toBe('silence');
    expect(turns.map(({ purpose }) => purpose)).toEqual(['greeting', 'reminder', 'reminder', 'farewell']);
    expect(sim.summary?.turns.at(-1)?.agent.heard).toBe(
      'I have to end the call here. Thank you, and goodbye.',
    );
  });

  it('forgets the silence when the caller speaks up during the goodbye', async () => {
    const sim = new SimCall();
    await sim.until(() => sim.call.record.lastTurn === 4, 'the farewell');
    await sim.pass(1_000);
    await sim.converse('i am here.');
    expect(sim.hasEnded).toBe(false);
    sim.carrier.hangUp();
    expect(await sim.over()).toMatchObject({ outcome: 'hungUp' });
  });

  it('says goodbye to the longest call, and ends it', async () => {
    const sim = new SimCall({ host: { delays: { longestCall: 20_000 } } });
    const { outcome, turns } = await sim.over();
    expect(outcome).toBe('tooLong');
    expect(turns.at(-1)).toMatchObject({ purpose: 'farewell', agent: { interrupted: false } });
  });

  it('does not let a talkative caller outlast the limit', async () => {
    const sim = new SimCall({ host: { delays: { longestCall: 10_000 } } });
    await sim.untilListening();
    for (let i = 0; i < 40 && !sim.hasEnded; i++) {
      sim.say('wait.');
      await sim.pass(1_500);
    }
    expect(await sim.over()).toMatchObject({ outcome: 'tooLong' });
    expect(sim.clock.now()).toBeLessThan(50_000);
  });

  it('records everything said, wherever the caller hangs up', async () => {
    const seen = new Set<string>();
    for (let atMs = 0; atMs < 20_000; atMs += 400) {
      const sim = new SimCall({
        navigatorDelayMs: 300,
        firstAudioMs: 200,
        toolDelayMs: 1_000,
        recognitionMs: 100,
      });
      let said = 0;
      for (let ms = 0; ms < atMs && !sim.hasEnded; ms += 400) {
        if (sim.state === 'floor.listening.quiet')
          sim.say(['one zero two four.', 'yes.', 'no.'][said++] ?? 'bye.');
        await sim.pass(400);
      }
      seen.add(sim.state);
      sim.carrier.hangUp();
      const { outcome, turns, unanswered } = await sim.over();
      const heard = [...turns.flatMap(({ caller }) => caller?.text ?? []), ...unanswered];
      const finals = sim.journal.entries.flatMap(entry =>
        entry.kind === 'event' && entry.event.type === 'caller.finished' ? [entry.event.text] : [],
      );
      expect(outcome).toMatch(/hungUp|completed/);
      for (const text of finals) expect(heard.join(' | ')).toContain(text);
      expect(sim.journal.entries.map(({ seq }) => seq)).toEqual(sim.journal.entries.map((_, i) => i + 1));
    }
    expect([...seen].sort()).toEqual(
      expect.arrayContaining([
        'floor.listening.hearing',
        'floor.listening.pausing',
        'floor.replying.greeting',
        'floor.replying.speaking',
        'floor.replying.thinking',
        'floor.replying.toolCalling',
      ]),
    );
  });
});
