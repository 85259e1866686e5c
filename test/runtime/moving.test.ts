import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { VoiceActivity } from '../../runtime/ports.ts';
import { isVoice } from '../../src/rehearsal/caller-audio.ts';
import { act, type Delays, delays, eventful, FickleTool, type Tape, tapes } from '../harness/random-calls.ts';
import { says, scriptedModel, scriptedVoiceActivity } from '../harness/scripted-providers.ts';
import { SimCall, SimCarrier } from '../harness/sim-call.ts';

/** What is shorter is a gap within the agent's turn. */
const MIN_CALLERS_TURN_MS = 400;

/** Lives the call on one node, or on several: it moves at the first safe point after each of the moments. */
async function livedOn(tape: Tape, { model, voice }: Delays, moments: readonly number[]) {
  const tool = new FickleTool();
  const sim = new SimCall({
    navigatorDelayMs: model,
    firstAudioMs: voice,
    recognitionMs: 80,
    tools: [tool.asTool],
    host: { keepsLogs: true, node: 'another', transferNumber: model > 500 ? '+12025550199' : null },
    tellingVoice: true,
    inspected: true,
  });
  tool.clock = sim.clock;
  const movedIn: string[] = [];
  let isWanted = false;
  const move = async () => {
    if (isWanted) return;
    isWanted = true;
    if (await sim.handOver()) movedIn.push(sim.state);
    isWanted = false;
  };
  const timers = moments.map(atMs => sim.clock.setTimeout(move, atMs));
  const carriers = [sim.carrier];
  for (const { deed, thenMs } of tape) {
    if (sim.hasEnded) break;
    if (deed.kind === 'breakTool') tool.isBroken = !tool.isBroken;
    else if (deed.kind !== 'move') await act(sim, deed);
    if (sim.carrier !== carriers.at(-1)) carriers.push(sim.carrier);
    await sim.pass(thenMs);
  }
  for (const timer of timers) sim.clock.clearTimeout(timer);
  if (!sim.hasEnded) sim.call.send({ type: 'call.hangUp', outcome: 'stopped' });
  const { moves: _, ...summary } = await sim.over();
  return { movedIn, told: { summary, heard: carriers.map(({ audio }) => audio), steps: sim.steps } };
}

/** A conversation without interruptions, moved at each of the moments; each move takes so long. */
async function conversation(moves: readonly (readonly [atMs: number, transitMs: number])[]) {
  const sim = new SimCall({ host: { keepsLogs: true }, tellingVoice: true, toolDelayMs: 500 });
  const timers = moves.map(([atMs, transitMs]) => sim.clock.setTimeout(() => sim.handOver(transitMs), atMs));
  await sim.untilListening();
  for (const words of ['one zero two four.', 'yes.', 'help.']) await sim.converse(words);
  for (const timer of timers) sim.clock.clearTimeout(timer);
  await sim.pass(1_000);
  sim.carrier.hangUp();
  const { turns } = await sim.over();
  return {
    heard: sim.carrier.audio,
    turns: turns.map(({ caller, agent, choices }) => ({ said: caller?.text, agent, choices })),
    gapsMs: sim.carrier.gapsMs.filter(ms => ms < MIN_CALLERS_TURN_MS),
  };
}

/** Finds a voice only once it has heard 100 ms of it, as real ones do. */
function hesitantVoiceActivity(): VoiceActivity {
  const prompt = scriptedVoiceActivity();
  return {
    ...prompt,
    open(listener) {
      const stream = prompt.open(listener);
      const held: Uint8Array[] = [];
      return {
        ...stream,
        write(audio) {
          if (isVoice(audio) && held.length < 4) held.push(audio);
          else for (const frame of [...held.splice(0), audio]) stream.write(frame);
        },
      };
    },
  };
}

const polite: Tape = ['one zero two four.', 'yes.', 'help.', 'no.'].map(words => ({
  deed: { kind: 'say', words },
  thenMs: 14_000,
}));

describe('a call that is moved while the caller is on the line', () => {
  it('is heard to the byte as if it had stayed, and its record is the same', async () => {
    const movedIn = new Set<string>();
    const moments = fc.array(
      fc.integer({ min: 0, max: 10_000 }).map(n => n * 5),
      { minLength: 1, maxLength: 8 },
    );
    await fc.assert(
      fc.asyncProperty(tapes, delays, moments, async (tape, delaysMs, atMs) => {
        const stayed = await livedOn(tape, delaysMs, []);
        const moved = await livedOn(tape, delaysMs, atMs);
        expect(moved.told).toEqual(stayed.told);
        for (const state of moved.movedIn) movedIn.add(state);
      }),
      {
        numRuns: 15,
        examples: [
          [eventful, { model: 0, voice: 150 }, [0, 10_000, 19_000, 26_000, 60_000, 73_000]],
          [polite, { model: 200, voice: 150 }, [5_000, 10_100, 22_000, 37_000, 45_000]],
        ],
      },
    );
    expect([...movedIn]).toEqual(
      expect.arrayContaining(['floor.listening.quiet', 'floor.replying.speaking', 'floor.onHold']),
    );
  });

  it('does not leave in a short sentence when the next one is still to be made', async () => {
    const words = 'Well. And this is a sentence that takes the agent a good while to say to its end.';
    const sim = new SimCall({
      firstAudioMs: 600,
      providers: { model: scriptedModel(() => says(words)) },
      host: { keepsLogs: true },
    });
    await sim.untilListening();
    sim.say('what a lovely day.');
    await sim.until(() => sim.state.startsWith('floor.replying'), 'the reply');
    let stockMs: number | null = null;
    void sim.host.whenMovable(sim.call.start.callId, 4_000).then(() => {
      stockMs = sim.call.line.playout.playsUntilMs - sim.clock.now();
    });
    await sim.until(() => stockMs !== null, 'a moment to leave');

    expect(sim.synthesis.said.at(-1)).toContain('sentence');
    expect(stockMs).toBeGreaterThan(1_500);
  });

  it('leaves the caller in silence for no longer than the move takes beyond what the carrier holds', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.integer({ min: 100, max: 45_000 }), fc.integer({ min: 0, max: 600 })), {
          minLength: 1,
          maxLength: 4,
        }),
        async moves => {
          const stayed = await conversation([]);
          const moved = await conversation(moves);
          expect(moved.heard).toEqual(stayed.heard);
          expect(moved.turns).toEqual(stayed.turns);
          const longestMs = Math.max(...moves.map(([, transitMs]) => transitMs));
          for (const gapMs of moved.gapsMs) expect(gapMs).toBeLessThanOrEqual(Math.max(0, longestMs - 275));
        },
      ),
      {
        numRuns: 10,
        examples: [
          [
            [
              [1_000, 600],
              [15_000, 250],
              [24_000, 500],
            ],
          ],
        ],
      },
    );
  });

  it('goes on with the sentences that the voice had not begun', async () => {
    const sentences = ['This is the first of them.', 'Here comes another.', 'And that was the last.'];
    const sim = new SimCall({
      firstAudioMs: 150,
      tellingVoice: true,
      host: { keepsLogs: true },
      providers: {
        model: scriptedModel(() => [
          ...sentences.map(text => ({ type: 'text' as const, text: `${text} ` })),
          { type: 'end' as const, reason: 'complete' as const },
        ]),
      },
    });
    await sim.until(() => sim.state === 'floor.replying.speaking', 'the voice');
    const moved = sim.handOver();
    await sim.untilListening();
    expect(await moved).toBe(true);
    expect(sim.synthesis.said).toEqual(sentences);
    expect(sim.call.record.turns()).toMatchObject([{ agent: { heard: sentences.join(' ') } }]);
    expect(sim.journal.started).toHaveLength(1);
  });

  it('keeps the caller’s deadlines', async () => {
    const sim = new SimCall({ host: { keepsLogs: true } });
    await sim.untilListening();
    await sim.pass(7_000);
    const moved = sim.handOver(500);
    await sim.pass(980);
    expect(await moved).toBe(true);
    expect(sim.state).toBe('floor.listening.quiet');
    await sim.pass(40);
    expect(sim.call.record.turns().at(-1)?.purpose).toBe('reminder');
  });

  it('says again, on another stream, what the carrier of the first may have lost', async () => {
    const sim = new SimCall({ host: { keepsLogs: true }, tellingVoice: true });
    await sim.until(() => sim.state === 'floor.replying.speaking', 'the greeting');
    await sim.pass(1_050);
    const { frozen, entries } = sim.host.release(sim.call.start.callId);
    const { heardBytes, sentBytes } = frozen.line!.playout;
    expect(sentBytes - heardBytes).toBeGreaterThan(250 * 8);
    const first = sim.carrier;
    sim.host = sim.anotherHost();
    sim.call = sim.host.prepare(frozen, entries).go();
    await sim.pass(2_000);
    sim.carrier = new SimCarrier(sim.clock);
    sim.call.attach({ socket: sim.carrier, streamSid: 'MZ9' });
    sim.carrier.connect(sim.call);
    sim.caller.carrier = sim.carrier;
    await sim.untilListening();

    const whole = new SimCall({ tellingVoice: true });
    await whole.untilListening();
    const hex = (bytes: number) => 2 * bytes;
    const [said] = whole.carrier.audio as [string];
    expect(first.audio).toEqual([said.slice(0, hex(sentBytes))]);
    expect(sim.carrier.audio).toEqual([said.slice(hex(heardBytes))]);
    expect(sim.call.record.turns()[0]).toMatchObject({ agent: { interrupted: false } });
    expect(sim.call.record.turns()[0]!.agent.heard).toBe(whole.call.record.turns()[0]!.agent.heard);
  });

  it('says again, on a stream that was cut off, what went into the cut', async () => {
    const sim = new SimCall({ host: { keepsLogs: true }, tellingVoice: true });
    await sim.until(() => sim.state === 'floor.replying.speaking', 'the greeting');
    await sim.pass(1_050);
    const { frozen, entries } = sim.host.release(sim.call.start.callId);
    const { heardBytes } = frozen.line!.playout;
    sim.carrier = new SimCarrier(sim.clock);
    const { streamSid } = frozen.line!;
    sim.host = sim.anotherHost();
    const carrier = { socket: sim.carrier, streamSid: streamSid!, isCutOff: true };
    sim.call = sim.host.prepare(frozen, entries).go(carrier);
    sim.carrier.connect(sim.call);
    await sim.untilListening();

    const whole = new SimCall({ tellingVoice: true });
    await whole.untilListening();
    const [said] = whole.carrier.audio as [string];
    expect(heardBytes).toBeGreaterThan(0);
    expect(sim.carrier.audio).toEqual(['', said.slice(2 * heardBytes)]);
    expect(sim.call.record.turns()[0]?.agent.heard).toBe(whole.call.record.turns()[0]?.agent.heard);
    expect(JSON.stringify(sim.call.log.entries)).not.toContain('did not acknowledge');
  });

  it('misses no word that began in the moment before', async () => {
    const sim = new SimCall({
      host: { keepsLogs: true },
      providers: { voiceActivity: hesitantVoiceActivity() },
    });
    await sim.untilListening();
    sim.say('help.');
    await sim.pass(60);
    expect(sim.state).toBe('floor.listening.quiet');
    const moved = sim.handOver();
    await sim.pass(20);
    expect(await moved).toBe(true);
    await sim.until(() => sim.call.record.turns().length === 2, 'the answer');
    expect(sim.call.record.turns()[1]?.caller?.text).toBe('help');
  });

  it('comes to the cloud from the edge, and its chart and its record know', async () => {
    const sim = new SimCall({ host: { keepsLogs: true, placement: 'edge' } });
    await sim.untilListening();
    expect(sim.call.state).toMatchObject({ live: { placement: 'edge' } });
    const { frozen, entries } = sim.host.release(sim.call.start.callId);
    const cloud = sim.anotherHost({ placement: 'cloud', node: 'cloud-1' });
    const call = cloud.prepare(frozen, entries).go({ socket: sim.carrier, streamSid: 'MZ0' });
    expect(call.state).toMatchObject({ live: { floor: { listening: 'quiet' }, placement: 'cloud' } });
    expect(call.summarise().moves).toEqual([
      { atMs: call.log.nowMs, node: 'cloud-1', from: 'rehearsal', reason: 'handOff' },
    ]);
    call.send({ type: 'call.hangUp', outcome: 'stopped' });
    await cloud.idle();
  });
});
