import { describe, expect, it } from 'vitest';
import type { ModelEvent, Tool } from '../../runtime/ports.ts';
import { says, scriptedModel } from '../harness/scripted-providers.ts';
import { SimCall } from '../harness/sim-call.ts';
import { toolFirst } from '../harness/test-flows.ts';

const greets = (text = 'Hello?') =>
  function* (): Iterable<ModelEvent> {
    yield* says(text);
  };
const purposes = (sim: SimCall) => sim.call.record.turns().map(({ purpose }) => purpose);

describe('a voice that fails', () => {
  it('is apologised for when it is back', async () => {
    const sim = new SimCall();
    await sim.untilListening();
    sim.synthesis.failing = true;
    sim.say('blue bananas.');
    await sim.until(() => sim.state === 'floor.faltering', 'a second failure');
    sim.synthesis.failing = false;
    await sim.until(() => purposes(sim).includes('apology'), 'the apology');
    await sim.until(() => purposes(sim).at(-1) === 'answer', 'the answer');
    await sim.untilListening();
    expect(sim.call.record.turns().at(-1)).toMatchObject({
      caller: { text: 'blue bananas' },
      agent: { interrupted: false },
    });
  });

  it('is noticed while a tool works, which takes as long as it likes', async () => {
    const slow: Tool = {
      name: 'check',
      description: 'Takes its time.',
      letFinish: true,
      timeoutMs: 10_000,
      run: () => new Promise(resolve => sim.clock.setTimeout(() => resolve({ done: true }), 6_000)),
    };
    const sim = new SimCall({ flow: toolFirst, tools: [slow] });
    sim.synthesis.failing = true;
    await sim.until(() => sim.call.record.warnings > 0, 'the failure to be noticed', 1_000);
    sim.synthesis.failing = false;
    await sim.until(() => purposes(sim).includes('apology'), 'the apology', 1_000);
  });

  it('ends the call when it stays away, and what was said is in the record', async () => {
    const sim = new SimCall();
    await sim.untilListening();
    sim.synthesis.failing = true;
    sim.say('blue bananas.');
    expect(await sim.over()).toMatchObject({ outcome: 'providersFailed', unanswered: ['blue bananas'] });
  });
});

describe('a model that fails', () => {
  const faults: [string, (signal: AbortSignal) => AsyncIterable<ModelEvent>][] = [
    [
      'throws',
      async function* () {
        yield* [];
        throw new Error('overloaded');
      },
    ],
    [
      'says nothing for ever',
      async function* () {
        yield* [];
        await new Promise(() => {});
      },
    ],
    [
      'stalls in the middle',
      async function* () {
        yield { type: 'text', text: 'Well, I think. That ' };
        await new Promise(() => {});
      },
    ],
    [
      'breaks off without an end',
      async function* () {
        yield { type: 'text', text: 'Well, I think. That ' };
      },
    ],
    [
      'ends without a word',
      async function* () {
        yield { type: 'end', reason: 'complete' };
      },
    ],
    [
      'chooses what is not open',
      async function* () {
        yield { type: 'choice', event: 'caller.sings', facts: {} };
        yield { type: 'end', reason: 'complete' };
      },
    ],
  ];

  it.each(faults)('and %s is apologised for, asked again, and given up', async (_, fault) => {
    const model = scriptedModel(({ said }, signal) => (said === null ? greets()() : fault(signal)));
    const sim = new SimCall({ providers: { model } });
    await sim.untilListening();
    sim.say('help.');
    const { outcome, turns } = await sim.over(180_000);
    expect(outcome).toMatch(/providersFailed|silence/);
    expect(turns.map(({ purpose }) => purpose)).toContain('apology');
    expect(model.signals.every(signal => signal.aborted || signal === model.signals[0])).toBe(true);
  });

  it('is silent no longer than the caller can bear: there is a word within three seconds', async () => {
    const model = scriptedModel(({ said }) =>
      said === null ? greets()() : faults[1]![1](new AbortController().signal),
    );
    const sim = new SimCall({ providers: { model } });
    await sim.untilListening();
    sim.say('help.');
    await sim.until(() => sim.state === 'floor.replying.thinking', 'the reply');
    await sim.pass(3_000);
    expect(sim.synthesis.said.at(-1)).toBe('One moment, please.');
  });

  it('is heard out when it speaks, chooses, and then says that it waits', async () => {
    const model = scriptedModel(function* ({ said, flow }) {
      if (said === 'help') {
        yield { type: 'text', text: 'Let me see. ' };
        yield { type: 'choice', event: 'caller.asksForHelp', facts: {} };
        yield { type: 'end', reason: 'complete' };
      } else if (flow.state === 'helping') yield { type: 'end', reason: 'waitForMore' };
      else yield* greets()();
    });
    const sim = new SimCall({ providers: { model } });
    await sim.untilListening();
    sim.say('help.');
    await sim.until(() => sim.state === 'floor.replying.speaking', 'the reply');
    await sim.until(() => sim.state === 'floor.listening.quiet', 'the agent to listen', 3_000);
    expect(sim.call.record.turns().at(-1)?.agent.heard).toBe('Let me see.');
  });

  it('cannot run in circles', async () => {
    let calls = 0;
    const model = scriptedModel(function* ({ flow, turn, step }) {
      if (flow.state === 'checking') yield { type: 'text', text: 'Hello. ' };
      yield { type: 'toolCall', id: `${turn}-${step}`, name: 'check', input: {} };
      yield { type: 'end', reason: 'complete' };
    });
    const check = { name: 'check', description: '', timeoutMs: 1_000, run: async () => ({ n: ++calls }) };
    const sim = new SimCall({ flow: toolFirst, tools: [check], providers: { model } });
    await sim.over(180_000);
    expect(calls).toBe(8);
    expect(purposes(sim)).toContain('apology');
  });
});

describe('a tool that fails', () => {
  const failing: [string, Tool['run']][] = [
    ['throws', async () => Promise.reject(new Error('no connection'))],
    [
      'throws at once',
      () => {
        throw new Error('no connection');
      },
    ],
    ['never answers', () => new Promise(() => {})],
  ];

  it.each(failing)('and %s leads the flow on', async (_, run) => {
    const sim = new SimCall({
      flow: toolFirst,
      tools: [{ name: 'check', description: '', timeoutMs: 3_000, run }],
    });
    await sim.untilListening();
    expect(sim.call.flowSnapshot().value).toBe('excusing');
    expect(sim.call.record.turns()[0]).toMatchObject({
      agent: { heard: expect.stringContaining('That did not work.') },
      tools: [
        {
          name: 'check',
          result: null,
          error: expect.stringMatching(/no connection|no answer within 3000 ms/),
        },
      ],
    });
  });

  it('is told about when there is no such tool', async () => {
    const sim = new SimCall({ flow: toolFirst, tools: [] });
    await sim.untilListening();
    expect(sim.call.record.turns()[0]?.tools).toMatchObject([{ error: "There is no tool named 'check'." }]);
  });
});

describe('a recogniser that fails', () => {
  it('is replaced, and the words before and after are one turn', async () => {
    const sim = new SimCall();
    await sim.untilListening();
    sim.say('my order number is one zero two four.');
    await sim.pass(600);
    sim.recognition.opened[0]?.listener.failed(new Error('connection lost'));
    expect(sim.recognition.opened).toHaveLength(2);
    await sim.until(() => sim.call.record.lastUtterance === 1, 'the words');
    expect(sim.call.record.utterance(1)?.text).toContain('zero two four');
  });

  it('is owned up to when it cannot be replaced, and the keypad still works', async () => {
    const sim = new SimCall();
    await sim.untilListening();
    for (let i = 0; i < 4; i++) sim.recognition.opened.at(-1)?.listener.failed(new Error('connection lost'));
    await sim.pass(100);
    expect(purposes(sim)).toEqual(['greeting', 'apology']);
    await sim.untilListening();
    for (const digit of '1024#') sim.carrier.key(digit);
    await sim.untilListening();
    await sim.until(() => sim.call.record.turns().at(-1)?.caller?.by === 'keypad', 'the number');
    await sim.untilListening();
    expect(sim.call.flowSnapshot().context.facts.orderNumber).toBe('1024');
  });
});

describe('a line that fails', () => {
  it('is waited for, and the caller is welcomed back with the question', async () => {
    const sim = new SimCall();
    await sim.untilListening();
    sim.say('my order number is one zero two four.');
    await sim.until(() => sim.state === 'floor.replying.speaking', 'the answer');
    await sim.pass(1_000);
    sim.carrier.close();
    expect(sim.state).toBe('floor.onHold');
    const sent = sim.carrier.frames.length;
    await sim.pass(3_000);
    expect(sim.carrier.frames).toHaveLength(sent);
    sim.reconnect();
    await sim.untilListening();
    expect(sim.call.record.turns().slice(-2)).toMatchObject([
      { agent: { interrupted: true, heard: expect.stringMatching(/^I heard/) } },
      { purpose: 'welcomeBack', agent: { heard: 'Sorry, we were cut off. I heard 1 0 2 4. Is that right?' } },
    ]);
  });

  it('brings a tool to its end that was at work when it broke', async () => {
    const sim = new SimCall({ toolDelayMs: 2_000 });
    await sim.untilListening();
    await sim.converse('one zero two four.');
    sim.say('yes.');
    await sim.until(() => sim.state === 'floor.replying.toolCalling', 'the tool');
    sim.carrier.close();
    await sim.pass(1_000);
    sim.reconnect();
    await sim.untilListening();
    expect(sim.call.flowSnapshot().value).toEqual({ answering: 'orderFound' });
  });

  it('ends the call when it stays away', async () => {
    const sim = new SimCall();
    await sim.untilListening();
    sim.carrier.close();
    const lostMs = sim.clock.now();
    expect(await sim.over()).toMatchObject({ outcome: 'lineLost' });
    expect(sim.summary!.endedAt - sim.clock.wallTime() + sim.clock.now() - lostMs).toBeLessThanOrEqual(
      18_000,
    );
  });

  it('holds audio back while it is slow, and loses none', async () => {
    const sim = new SimCall();
    await sim.pass(1_000);
    sim.carrier.bufferedBytes = 100_000;
    const sent = sim.carrier.bytesSinceClear;
    await sim.pass(3_000);
    expect(sim.carrier.bytesSinceClear).toBe(sent);
    sim.carrier.bufferedBytes = 0;
    sim.call.line.playout.drained();
    await sim.untilListening();
    const { generated, heard } = sim.call.record.turns()[0]!.agent;
    expect(heard).toBe(generated);
    expect(sim.carrier.bytesSinceClear).toBe(generated.replace(/(?<=[.?!]) /g, '').length * 480);
  });

  it('goes on without marks, and counts nothing as heard that it does not know of', async () => {
    const sim = new SimCall();
    sim.carrier.echoesMarks = false;
    await sim.untilListening();
    expect(sim.call.record.turns()[0]?.agent).toMatchObject({ heard: '', interrupted: false });
    await sim.converse('what are your opening hours.');
    expect(sim.call.record.turns()[1]).toMatchObject({ choices: ['caller.asksOpeningHours'] });
  });
});

describe('a journal that fails', () => {
  it('is tried again, and has every entry in order in the end', async () => {
    const sim = new SimCall();
    sim.journal.failures = 5;
    await sim.untilListening();
    await sim.converse('help.');
    sim.journal.failures = 3;
    sim.carrier.hangUp();
    await sim.over();
    expect(sim.journal.started).toHaveLength(1);
    expect(sim.journal.entries.map(({ seq }) => seq)).toEqual(sim.journal.entries.map((_, i) => i + 1));
    expect(sim.journal.finished).toHaveLength(1);
  });
});

describe('a chart that fails', () => {
  it('ends its own call, with what is known on record, and no other', async () => {
    const model = scriptedModel(async function* () {
      yield { type: 'text', text: 'Hello there. How are ' };
      await new Promise(() => {});
    });
    const sim = new SimCall({ providers: { model } });
    const other = sim.another('call-2');
    await sim.pass(1_000);
    sim.call.line.takeFloor = () => {
      throw new Error('a bug');
    };
    sim.say('stop.');
    await sim.until(() => sim.host.size === 1, 'the end of the call');
    expect(model.signals[0]?.aborted).toBe(true);
    expect(model.signals[1]?.aborted).toBe(false);
    expect(other.call.state).toMatchObject({ live: { floor: { replying: 'speaking' } } });

    other.carrier.hangUp();
    await sim.over();
    expect(sim.journal.finished).toMatchObject([
      {
        callId: 'call-1',
        outcome: 'interrupted',
        turns: [{ agent: { heard: expect.stringMatching(/^Hello/) } }],
      },
      { callId: 'call-2', outcome: 'hungUp' },
    ]);
  });
});

describe('a call that is watched', () => {
  it('remembers its last 200 events, whether anybody looks or not', async () => {
    const sim = new SimCall();
    for (let i = 0; i < 300; i++) sim.call.send({ type: 'caller.keyed', digit: '1' });
    const box = sim.call.blackBox.read();
    expect(box).toHaveLength(200);
    expect(box.at(-1)).toMatchObject({ event: 'caller.keyed', state: { live: {} } });
    expect(box.map(({ atMs }) => atMs)).toEqual(box.map(({ atMs }) => atMs).sort((a, b) => a - b));
  });

  it('shows everything while somebody looks, and nothing after', async () => {
    const sim = new SimCall();
    const seen: string[] = [];
    const stop = sim.call.inspect(({ type }) => seen.push(type));
    await sim.untilListening();
    expect(seen).toContain('@xstate.microstep');
    stop();
    const count = seen.length;
    await sim.converse('help.');
    expect(seen).toHaveLength(count);
  });
});
