import { describe, expect, it } from 'vitest';
import { scriptedModel } from '../../harness/scripted-providers.ts';
import { CALL_SID, SimEdge } from './sim-edge.ts';

/** The agent listens, at the edge. */
async function atEdge(options: ConstructorParameters<typeof SimEdge>[0] = {}): Promise<SimEdge> {
  const edge = new SimEdge(options);
  await edge.begin();
  await edge.listens();
  return edge;
}

describe('a call at the edge', () => {
  it('says in its record where it is worked on, and why', async () => {
    const edge = await atEdge();

    expect(edge.brain?.summarise().placement).toMatchObject([
      { decision: 'hybrid', text: 'The call begins at the edge.' },
      { decision: 'stay' },
    ]);
    expect(edge.brain?.state).toMatchObject({ live: { placement: 'edge' } });
  });

  it('is archived once it is over, with its whole log, and then forgotten', async () => {
    const edge = await atEdge();
    await edge.converse('one zero two four.');
    edge.carrier.hangUp();
    await edge.until(() => edge.archived.length > 0, 'the archive');

    const [{ start, entries, summary }] = edge.archived as [(typeof edge.archived)[0]];
    expect(start).toEqual(edge.plan.start);
    expect(entries.map(({ seq }) => seq)).toEqual(entries.map((_, i) => i + 1));
    expect(summary).toMatchObject({
      outcome: 'hungUp',
      turns: [{}, { caller: { text: 'one zero two four' } }],
    });
    expect(edge.call.afterStream()).toEqual({ next: 'hangUp' });
    await edge.pass(61_000);
    await edge.alarm();
    expect(await edge.storage.load()).toBeNull();
    expect(edge.storage.alarmAtMs).toBeNull();
  });

  it('sends its record again until it is accepted, however often the object is evicted meanwhile', async () => {
    const edge = await atEdge();
    edge.archiveFailures = 3;
    edge.carrier.hangUp();
    await edge.until(() => edge.isOver, 'the end');
    await edge.pass(1_000);
    expect(edge.archiveFailures).toBe(2);

    for (const pauseMs of [2_000, 10_000, 60_000]) {
      expect(edge.archived).toEqual([]);
      await edge.evict();
      await edge.pass(pauseMs);
      await edge.alarm();
    }
    expect(edge.archived).toHaveLength(1);
    expect(edge.archived[0]?.entries.length).toBeGreaterThan(10);
  });

  it('is not kept for ever when the alarm for its record goes off too early', async () => {
    const edge = await atEdge();
    edge.archiveFailures = 1;
    edge.carrier.hangUp();
    await edge.until(() => edge.isOver, 'the end');
    await edge.pass(1_000);
    edge.storage.alarmAtMs = null;
    await edge.call.alarm();
    expect(edge.storage.alarmAtMs).not.toBeNull();
    await edge.pass(2_000);
    await edge.alarm();
    expect(edge.archived).toHaveLength(1);
  });

  it('is not kept for ever when its object is evicted while a node is slow to answer for its record', async () => {
    const edge = await atEdge();
    edge.isArchiveSilent = true;
    edge.carrier.hangUp();
    await edge.until(() => edge.isOver, 'the end');
    await edge.pass(1_000);
    // Somebody else's alarm, or an early one.
    await edge.call.alarm();
    await edge.pass(31_000);
    await edge.alarm();
    await edge.evict();
    edge.isArchiveSilent = false;

    for (let times = 0; times < 2; times++) {
      expect(edge.storage.alarmAtMs).not.toBeNull();
      await edge.pass(61_000);
      await edge.alarm();
    }
    expect(edge.archived).toHaveLength(1);
    expect(await edge.storage.load()).toBeNull();
  });

  it('lets in a stream with its own token alone, once', async () => {
    const edge = new SimEdge();
    await edge.call.wake();
    await edge.call.announce(edge.plan, 'token-1');
    const closed: string[] = [];
    const stranger = {
      bufferedBytes: 0,
      send: () => 'sent' as const,
      close: (_: number, reason: string) => void closed.push(reason),
    };
    const show = (token: string) =>
      edge.call.attach(
        { streamSid: 'MZ9', callSid: CALL_SID, accountSid: 'AC', customParameters: { token } },
        stranger,
      );

    expect(await show('guessed')).toBe(false);
    expect(await show('')).toBe(false);
    await edge.begin();
    expect(edge.call.stage).toBe('here');
    expect(await show('token-1')).toBe(false);
    expect(closed).toEqual(['token not valid', 'token not valid', 'token not valid']);
    expect(edge.carrier.isOpen).toBe(true);
  });

  it('takes no stream that comes too late, and apologises when none ever came', async () => {
    const edge = new SimEdge();
    await edge.call.wake();
    await edge.call.announce(edge.plan, 'token-1');
    expect(edge.call.afterStream()).toEqual({ next: 'apologise', language: 'en-US' });
    await edge.pass(31_000);
    await edge.alarm();

    expect(edge.call.stage).toBe('none');
    expect(edge.call.afterStream()).toEqual({ next: 'hangUp' });
  });

  it('takes whispers, lines to say and parameters, and ends when it is told to', async () => {
    const edge = await atEdge();
    await edge.call.update({ say: 'This call is for training.', parameters: { ticket: '4711' } });
    await edge.pass(5_000);
    await edge.listens();
    expect(edge.brain?.record.turns().at(-1)?.agent.heard).toBe('This call is for training.');
    await edge.call.update({ end: 'now' });
    await edge.until(() => edge.archived.length > 0, 'the archive');

    expect(edge.archived[0]?.summary).toMatchObject({
      outcome: 'stopped',
      parameters: { ticket: '4711' },
      supervision: {
        acts: [
          { by: 'edge', did: 'dictated' },
          { by: 'edge', did: 'hungUp' },
        ],
      },
    });
    expect(await edge.call.update({ say: 'Too late.' })).toBe(false);
  });

  it('hands itself over when its flow comes to need what the edge has not', async () => {
    const edge = await atEdge({
      model: scriptedModel(() => [
        { type: 'text', text: 'I did not get that.' },
        { type: 'end', reason: 'notUnderstood' },
      ]),
    });
    edge.places.edge = { ...edge.places.edge, providers: { ...edge.places.edge.providers, model: false } };
    await edge.converse('what a lovely day.');
    await edge.until(() => edge.call.cloud !== null, 'the hand-off');
    await edge.pass(100);

    expect(edge.brain?.summarise().placement?.at(-1)).toMatchObject({
      decision: 'handOff',
      text: expect.stringContaining('not understood'),
    });
  });
});

describe('an object that was evicted with a call inside', () => {
  it('goes on with it when the carrier brings another stream, with all that was said', async () => {
    const edge = await atEdge();
    await edge.converse('one zero two four.');
    await edge.evict();
    expect(edge.state).toBe('floor.onHold');
    await edge.pass(300);
    expect(await edge.comeBack()).toBe('reconnect');
    await edge.listens();
    await edge.converse('yes.');

    const turns = edge.brain?.record.turns() ?? [];
    expect(turns.map(({ caller }) => caller?.text).filter(Boolean)).toEqual(['one zero two four', 'yes']);
    expect(turns.map(({ agent }) => agent.heard)).toContainEqual(
      expect.stringContaining('Sorry, we were cut off.'),
    );
    expect(turns.at(-1)?.tools).toMatchObject([{ result: { found: true } }]);
  });

  it('is woken by its alarm, and ends the call properly when nobody comes', async () => {
    const edge = await atEdge();
    await edge.evict();
    expect(edge.storage.alarmAtMs).not.toBeNull();
    await edge.pass(16_000);
    await edge.until(() => edge.archived.length > 0, 'the archive');

    expect(edge.archived[0]?.summary.outcome).toBe('lineLost');
    expect(edge.call.afterStream()).toEqual({ next: 'hangUp' });
  });

  it('knows still which node works on its call', async () => {
    const edge = await atEdge();
    void edge.call.handOff();
    await edge.until(() => edge.call.cloud !== null, 'the hand-off');
    await edge.pass(100);
    await edge.evict();
    await edge.pass(200);
    const coming = edge.comeBack();
    await edge.pass(500);
    expect(await coming).toBe('reconnect');
    await edge.listens();

    expect(edge.call.cloud).toBe('https://cloud-1');
    expect(edge.clouds[0]?.host.size).toBe(1);
    expect(edge.brain?.record.turns().at(-1)?.agent.heard).toContain('Sorry, we were cut off.');
  });
});

describe('an object that was evicted in the moment of a hand-off', () => {
  it('finds that no node has the call, and goes on with it', async () => {
    const edge = await atEdge();
    await edge.converse('one zero two four.');
    void edge.call.handOff();
    // The node has said yes; that the call is its own now has not come to it yet.
    await edge.until(() => edge.call.cloud !== null, 'the hand-off');
    await edge.evict();
    await edge.pass(200);
    const coming = edge.comeBack();
    await edge.until(() => edge.call.stage === 'here', 'the edge to go on', 15_000);
    expect(await coming).toBe('reconnect');
    await edge.listens();
    await edge.converse('yes.');

    expect(edge.clouds[0]?.host.size).toBe(0);
    expect(edge.brain?.record.turns().at(-1)?.tools).toMatchObject([{ result: { found: true } }]);
  });
});

describe('a call that is to be worked on in the cloud from its start', () => {
  it('is begun there, and its edge carries it', async () => {
    const edge = new SimEdge({ plan: { strategy: 'cloud-only' } });
    const beginning = edge.begin();
    await edge.pass(100);
    await beginning;
    await edge.listens();

    expect(edge.call.cloud).toBe('https://cloud-1');
    expect(edge.call.edge).toBeNull();
    await edge.converse('one zero two four.');
    edge.carrier.hangUp();
    await edge.until(() => edge.clouds[0]?.journal.finished.length === 1, 'the record');
    expect(edge.clouds[0]?.journal.finished[0]?.turns).toHaveLength(2);
    await edge.until(() => edge.isOver, 'the end');
    expect(edge.archived).toEqual([]);
  });

  it('is not forgotten when its stream has come at the last moment', async () => {
    const edge = new SimEdge({ plan: { strategy: 'cloud-only' } });
    for (const cloud of edge.clouds) cloud.latencyMs = 400;
    await edge.call.wake();
    await edge.call.announce(edge.plan, 'token-1');
    await edge.pass(29_500);
    const beginning = edge.bringStream('token-1');
    await edge.pass(700);
    expect(edge.call.stage).toBe('expected');
    await edge.alarm();
    await edge.pass(2_000);
    await beginning;
    await edge.listens();

    expect(edge.call.cloud).toBe('https://cloud-1');
    expect((await edge.storage.load())?.state.stage).toBe('cloud');
  });

  it('is worked on at the edge where no node takes it, if it may be there', async () => {
    const edge = new SimEdge({ plan: { strategy: 'cloud-only' } });
    edge.clouds[0]?.die();
    const beginning = edge.begin();
    await edge.pass(2_000);
    await beginning;
    await edge.listens();

    expect(edge.call.stage).toBe('here');
    expect(edge.brain?.summarise().placement?.[1]?.text).toContain('No cloud node takes the call');
  });

  it('is given up with an apology where it may be nowhere else', async () => {
    const edge = new SimEdge({ plan: { strategy: 'cloud-only', mayStay: false } });
    edge.clouds[0]?.die();
    const beginning = edge.begin();
    await edge.pass(2_000);
    await beginning;

    expect(edge.carrier.isOpen).toBe(false);
    expect(edge.call.afterStream()).toEqual({ next: 'apologise', language: 'en-US' });
  });
});

describe('a node that dies with a call that it has just taken', () => {
  it('leaves it to the edge, which goes on with it', async () => {
    const edge = await atEdge();
    await edge.converse('one zero two four.');
    void edge.call.handOff();
    const isGone = () => edge.clouds[0]?.received.some(text => text.includes('"aybiza.go"')) ?? false;
    await edge.until(isGone, 'the hand-off');
    edge.clouds[0]?.die();
    await edge.until(() => edge.call.stage === 'here', 'the edge to go on', 20_000);
    await edge.listens();
    await edge.converse('yes.');

    const turns = edge.brain?.record.turns() ?? [];
    expect(turns.map(({ caller }) => caller?.text).filter(Boolean)).toEqual(['one zero two four', 'yes']);
    expect(turns.at(-1)?.tools).toMatchObject([{ result: { found: true } }]);
  });
});
