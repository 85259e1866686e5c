import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { postWebhook, RawStream, webhookForm } from '../harness/raw-stream.ts';
import { goodCall, WireCaller } from '../harness/wire-caller.ts';
import { reaches, TRANSPORTS, until, WireServer, within } from '../harness/wire-server.ts';

/** Said once at every start without a token. */
const TAKES_LOCAL_CALLS = expect.stringContaining('TWILIO_AUTH_TOKEN is not set');

/** Longer than any test. */
const FOR_EVER_MS = 600_000;

/** How a caller gets a call into each state of the floor. */
const FLOOR: Record<string, (caller: WireCaller) => Promise<void>> = {
  'floor.replying.greeting': async () => {},
  'floor.replying.speaking': async () => {},
  'floor.listening.quiet': async () => {},
  'floor.listening.hearing': async caller => {
    await caller.listened();
    void caller.say('well you see the thing is that my order number');
  },
  'floor.listening.pausing': async caller => {
    await caller.listened();
    await caller.say('my order number');
  },
  'floor.listening.keying': async caller => {
    await caller.listened();
    caller.key('1');
  },
  'floor.replying.speculating': async caller => {
    await caller.listened();
    await caller.say('help.');
  },
  'floor.replying.thinking': async caller => {
    await caller.listened();
    caller.server.pace.firstWordDelayMs = FOR_EVER_MS;
    await caller.say('help.');
  },
  'floor.replying.toolCalling': async caller => {
    await caller.listened();
    caller.server.pace.toolDelayMs = FOR_EVER_MS;
    caller.key('1024#');
  },
  'floor.replying.disclosing': async caller => {
    await caller.listened();
    await caller.say('agent.');
  },
  'floor.waitingForMore.pausing': async caller => {
    await caller.listened();
    await caller.say('my order number is');
  },
  'floor.bargingIn.hearing': async caller => {
    await caller.reaches('floor.replying.speaking');
    void caller.say('wait a moment please');
  },
  'floor.bargingIn.pausing': async caller => {
    await caller.reaches('floor.replying.speaking');
    await caller.say('<cough> <cough>');
  },
};

describe.concurrent.each(TRANSPORTS)('a call over %s that the caller ends', transport => {
  it.each(Object.keys(FLOOR))('in %s leaves its record, and nothing behind', async state => {
    const server = await WireServer.start({ transport, letterMs: state.includes('bargingIn') ? 40 : 6 });
    try {
      if (state === 'floor.replying.greeting') server.pace.firstWordDelayMs = FOR_EVER_MS;
      const caller = await WireCaller.place(server);
      const reached = caller.reaches(state);
      await FLOOR[state]!(caller);
      await reached;
      const end = await caller.phone.hangUp();
      const summary = await caller.summary();

      expect(end).toMatchObject({ by: 'caller', error: null });
      expect(summary.outcome).toBe('hungUp');
      expect(server.running.host.size).toBe(0);
      const { body } = await server.getJson(`/api/calls/${caller.phone.callSid}`);
      expect(body).toMatchObject({ live: false, state: 'ended', outcome: 'hungUp' });
      expect(server.complaints).toEqual([TAKES_LOCAL_CALLS]);
    } finally {
      await server.close();
    }
  });
});

describe.concurrent.each(TRANSPORTS)('a call over %s', transport => {
  let server: WireServer;
  const transferNumber = '+12025550177';

  beforeAll(async () => {
    server = await WireServer.start({
      transport,
      env: { TRANSFER_NUMBER: transferNumber },
      delays: { silence: 150, lineGrace: 1_500 },
    });
  });
  afterAll(async () => {
    await goodCall(server);
    await server.close();
  });

  it('in which the caller hangs up in mid-sentence keeps the words, as unanswered', async () => {
    const caller = await WireCaller.place(server);
    await caller.listened();
    void caller.say('where is my parcel then');
    await caller.reaches('floor.listening.hearing');
    await caller.phone.hangUp();
    const { outcome, unanswered } = await caller.summary();
    expect(outcome).toBe('hungUp');
    expect(unanswered).toEqual([expect.stringMatching(/^where( is|$)/)]);
  });

  it('whose caller never says a word is reminded twice, and ended with a goodbye', async () => {
    const caller = await WireCaller.place(server);
    const { end, summary } = await caller.ended();

    expect(end).toMatchObject({ by: 'agent', error: null });
    expect(summary.outcome).toBe('silence');
    expect(summary.turns.map(turn => turn.purpose)).toEqual(['greeting', 'reminder', 'reminder', 'farewell']);
    expect(summary.turns.every(turn => turn.agent.heard === turn.agent.generated)).toBe(true);
  });

  it('goes on where it was when its line is dropped and comes back', async () => {
    const caller = await WireCaller.place(server);
    await caller.listened();
    await caller.converse('one zero two four.');
    const welcomed = until(
      caller.call,
      () => caller.call.record.turns().some(turn => turn.purpose === 'welcomeBack' && turn.agent.heard),
      'the welcome back',
    );
    await caller.line.dropLine();
    await welcomed;
    await caller.listened();
    // Only a flow that still knows which number it read back can take a "yes" for an order.
    await caller.converse('yes.');
    await caller.converse('no.');
    const { end, summary } = await caller.ended();

    expect(end).toMatchObject({ by: 'agent', error: null, streams: 2 });
    expect(caller.verbs).toEqual(['connect', 'redirect', 'connect', 'redirect', 'hangup']);
    expect(summary).toMatchObject({ callId: caller.call.start.callId, outcome: 'completed' });
    expect(summary.facts).toMatchObject({ orderNumber: '1024' });
    expect(summary.turns.map(turn => turn.purpose)).toEqual([
      'greeting',
      'answer',
      'welcomeBack',
      'answer',
      'answer',
    ]);
  });

  it('whose line stays away is closed as lost', async () => {
    const stream = await RawStream.start(server);
    const call = await server.call(stream.callSid);
    stream.drop();
    await reaches(call, 'floor.onHold');
    expect((await within(server.memory.finished(call.start.callId), () => 'its record')).outcome).toBe(
      'lineLost',
    );
    expect(await postWebhook(server, 'resume', webhookForm(stream.callSid))).toContain('<Hangup/>');
  });

  it('whose caller hangs up while the line is lost is closed by the status webhook', async () => {
    const caller = await WireCaller.place(server);
    await caller.listened();
    caller.phone.on('detached', () => void caller.phone.hangUp());
    await caller.line.dropLine();
    const { end, summary } = await caller.ended();
    expect(end.by).toBe('caller');
    expect(summary.outcome).toBe('hungUp');
  });

  it('that a person takes ends as transferred', async () => {
    const caller = await WireCaller.place(server, { dialStatus: 'completed' });
    await caller.listened();
    await caller.say('agent.');
    const { end, summary } = await caller.ended();

    expect(caller.verbs).toEqual(['connect', 'redirect', 'dial', 'hangup']);
    expect(end).toMatchObject({ dialled: [transferNumber], error: null });
    expect(summary.outcome).toBe('transferred');
  });

  it.each(['busy', 'no-answer', 'failed'] as const)(
    'that no person takes (%s) comes back, says so and goes on',
    async dialStatus => {
      const caller = await WireCaller.place(server, { dialStatus });
      await caller.listened();
      await caller.say('agent.');
      const told = () => caller.call.record.turns().find(turn => turn.purpose === 'noOneAvailable');
      await until(caller.call, () => Boolean(told()?.agent.heard), 'the news that nobody is there');
      await caller.listened();
      await caller.converse('no.');
      const { end, summary } = await caller.ended();

      expect(told()?.agent.heard).toContain('nobody can take your call');
      expect(end).toMatchObject({ by: 'agent', error: null, streams: 2, dialled: [transferNumber] });
      expect(summary.outcome).toBe('completed');
    },
  );

  it('whose caller hangs up while the person is rung ends as hung up', async () => {
    const caller = await WireCaller.place(server, { dialStatus: 'canceled' });
    await caller.listened();
    caller.phone.on('verb', ({ verb }) => verb === 'dial' && void caller.phone.hangUp());
    await caller.say('agent.');
    const { summary } = await caller.ended();
    expect(summary.outcome).toBe('hungUp');
  });
});
