import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Call } from '../../../runtime/call.ts';
import { type Clock, SimulatedClock, systemClock } from '../../../runtime/clock.ts';
import { BYTES_PER_MS } from '../../../runtime/media/media-streams.ts';
import { MU_LAW_SILENCE } from '../../../runtime/media/mulaw.ts';
import { readWav } from '../../../src/caller/wav.ts';
import { loadConfig } from '../../../src/config.ts';
import { ChunkPool } from '../../../src/recordings/chunk-pool.ts';
import { peaksOf } from '../../../src/recordings/peaks.ts';
import { Recordings } from '../../../src/recordings/recordings.ts';
import { TrackFile } from '../../../src/recordings/track-file.ts';
import { wavHeader } from '../../../src/recordings/wav-header.ts';
import { quietLog, SimCall } from '../../harness/sim-call.ts';
import { speak } from '../../harness/spoken-text.ts';
import { WireCaller } from '../../harness/wire-caller.ts';
import { TRANSPORTS, WireServer } from '../../harness/wire-server.ts';

/** Of the scripted voice. */
const VOICE = 0x55;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'recordings-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const open = (changes: Partial<Parameters<typeof Recordings.open>[0]> = {}) =>
  Recordings.open({
    folder,
    clock: systemClock,
    log: quietLog,
    days: 30,
    isRecorded: () => true,
    ...changes,
  });

/** Recordings on the clock of the call that is recorded, which is made after them. */
async function recorder() {
  const own = await mkdtemp(join(folder, 'own-'));
  let now = () => 0;
  const clock: Clock = { ...systemClock, now: () => now(), setTimeout: () => null };
  const recordings = await open({ clock, folder: own });
  const onCall = (call: Call) => {
    now = () => call.clock.now();
    recordings.watch(call);
  };
  return { recordings, folder: own, host: { onCall } };
}

async function bytesOf(recordings: Recordings, callId: string, track: 'caller' | 'agent'): Promise<Buffer> {
  const audio = await recordings.audio(callId, track);
  if (!audio) throw new Error('Nothing was kept.');
  const bytes = Buffer.alloc(audio.bytes);
  await audio.read(bytes, 0);
  await audio.close();
  return bytes;
}

const count = (bytes: Uint8Array, code: number) =>
  bytes.reduce((sum, byte) => sum + Number(byte === code), 0);

describe('a recording', () => {
  it('has of the agent what the carrier played, where it played it, through barge-ins and a lost line', async () => {
    const { recordings, host } = await recorder();
    const sim = new SimCall({ host });
    const playedMs: number[] = [];

    await sim.pass(1_500);
    sim.say('one zero two four.');
    await sim.until(() => sim.call.record.turns()[0]?.agent.interrupted === true, 'the barge-in');
    await sim.untilListening();
    const silentFromMs = sim.clock.now();
    await sim.pass(1_000);
    sim.say('help.');
    await sim.until(() => sim.state === 'floor.replying.speaking', 'the agent');
    await sim.pass(700);
    sim.carrier.close();
    playedMs.push(sim.carrier.playedMs);
    const lostMs = sim.clock.now();
    await sim.pass(5_000);
    sim.reconnect();
    const resumedMs = sim.clock.now();
    await sim.untilListening();
    sim.call.send({ type: 'call.hangUp', outcome: 'stopped' });
    playedMs.push(sim.carrier.playedMs);
    const durationMs = sim.clock.now();
    await sim.until(() => sim.hasEnded, 'the end');
    await recordings.settled();

    const { callId } = sim.call.start;
    const agent = await bytesOf(recordings, callId, 'agent');
    const caller = await bytesOf(recordings, callId, 'caller');
    expect(agent.length).toBe(caller.length);
    expect(agent.length / BYTES_PER_MS).toBeGreaterThanOrEqual(durationMs);
    const heardMs = count(agent, VOICE) / BYTES_PER_MS;
    expect(heardMs).toBeCloseTo(
      playedMs.reduce((a, b) => a + b),
      -1,
    );
    const between = (fromMs: number, toMs: number) =>
      agent.subarray(fromMs * BYTES_PER_MS, toMs * BYTES_PER_MS).every(code => code === MU_LAW_SILENCE);
    expect(between(silentFromMs + 1, silentFromMs + 1_000)).toBe(true);
    expect(between(lostMs + 1, resumedMs)).toBe(true);
    // Five words of 200 ms, and what the caller's line does not tell from silence.
    expect(count(caller, MU_LAW_SILENCE)).toBe(caller.length - 5 * 200 * BYTES_PER_MS);
    await recordings.close();
  });

  it('goes on in its place when the call goes on in another process', async () => {
    const { recordings: before, host, folder } = await recorder();
    const first = new SimCall({ host });
    await first.untilListening();
    const second = first.moved({ host: {} });
    first.call.line.close();
    await before.settled();
    const after = await open({ clock: second.clock, folder });
    after.watch(second.call);
    await second.pass(3_000);
    second.reconnect();
    await second.pass(3_000);
    const hungUpMs = second.call.log.nowMs;
    second.call.send({ type: 'call.hangUp', outcome: 'stopped' });
    await second.until(() => second.hasEnded, 'the end');
    await after.settled();
    const agent = await bytesOf(after, second.call.start.callId, 'agent');
    const caller = await bytesOf(after, second.call.start.callId, 'caller');
    expect(agent.length / BYTES_PER_MS).toBeCloseTo(hungUpMs, -1);
    expect(caller.length).toBe(agent.length);
    first.call.send({ type: 'call.hangUp', outcome: 'stopped' });
    await before.close();
    await after.close();
  });

  it('is given up with a warning when its folder cannot be written, and the call goes on', async () => {
    const sim = new SimCall();
    const gone = join(folder, 'gone');
    const recordings = await open({ clock: sim.clock, folder: gone });
    await rm(gone, { recursive: true });
    recordings.watch(sim.call);
    await sim.converse('help.');
    await sim.converse('help.');
    await expect
      .poll(() => sim.call.summarise() && warningsOf(sim))
      .toContainEqual(expect.stringMatching(/^The recording of the call was given up\..*ENOENT/));
    await sim.converse('help.');
    expect(sim.call.record.turns().at(-1)?.agent.interrupted).toBe(false);
    expect(await recordings.has(sim.call.start.callId)).toBe(false);
  });

  it('is given up, and holds no more than half a minute, when the disk does not keep up', async () => {
    const failures: string[] = [];
    const file = new TrackFile({
      path: join(folder, 'slow.ulaw'),
      pool: new ChunkPool(),
      fromByte: 0,
      failed: error => failures.push(error.message),
    });
    // Not a tick of the event loop passes: as if the disk answered never.
    const second = new Uint8Array(1_000 * BYTES_PER_MS);
    let seconds = 0;
    while (failures.length === 0 && seconds < 100) {
      file.append(second);
      seconds++;
    }
    expect(failures).toEqual(['the disk is too slow']);
    expect(seconds).toBeLessThan(40);
    file.append(second);
    file.silence(1_000);
    await file.close();
    expect(failures).toHaveLength(1);
  });

  it('is made where nobody but this machine can call, or where the settings say so', () => {
    const recordedWith = (env: Record<string, string>) => loadConfig(env).recording;
    expect(recordedWith({})).toBe(true);
    expect(recordedWith({ RECORDING: 'off' })).toBe(false);
    expect(recordedWith({ PUBLIC_URL: 'http://localhost:8080' })).toBe(false);
    const open = {
      HOST: '0.0.0.0',
      PUBLIC_URL: 'https://calls.example.com',
      TWILIO_AUTH_TOKEN: '0123456789abcdef',
    };
    expect([recordedWith(open), recordedWith({ ...open, RECORDING: 'on' })]).toEqual([false, true]);
  });

  it('is not made of the calls of an agent that is not recorded', async () => {
    const recordings = await open({ isRecorded: agent => agent === 'acme' });
    const sim = new SimCall({ host: { onCall: call => recordings.watch(call) } });
    expect(await recordings.has(sim.call.start.callId)).toBe(false);
    await recordings.close();
  });

  it('is deleted once it is as old as it may become, and nothing else is', async () => {
    const place = await mkdtemp(join(folder, 'old-'));
    const clock = new SimulatedClock();
    const at = (days: number) => new Date(clock.wallTime() - days * 86_400_000);
    for (const [name, days] of [
      ['old.caller.ulaw', 8],
      ['old.agent.ulaw', 8],
      ['new.agent.ulaw', 6],
      ['notes.txt', 80],
    ] as const) {
      await writeFile(join(place, name), '');
      await utimes(join(place, name), at(days), at(days));
    }
    const recordings = await open({ folder: place, clock, days: 7 });
    expect((await readdir(place)).sort()).toEqual(['new.agent.ulaw', 'notes.txt']);
    await recordings.close();
    expect(clock.pending).toBe(0);
  });

  it('has a shape that shows its loudest samples, and silence where there is nothing', async () => {
    const samples = Buffer.alloc(200_000, MU_LAW_SILENCE);
    samples[150_000] = 0x00;
    samples[150_001] = 0x80;
    const audio = {
      bytes: samples.length,
      read: async (target: Buffer, at: number) => samples.copy(target, 0, at),
      close: async () => {},
    };
    const peaks = await peaksOf(audio, { from: 100_000, to: 300_000, points: 4 });
    expect(peaks).toEqual([
      [0, 0],
      [-0.98, 0.98],
      [0, 0],
      [0, 0],
    ]);
  });

  it('is a WAV file that players of telephone audio read', () => {
    const samples = Uint8Array.from({ length: 1_000 }, (_, i) => i % 256);
    expect(Buffer.from(readWav(Buffer.concat([wavHeader(1_000), samples])))).toEqual(Buffer.from(samples));
  });
});

const warningsOf = (sim: SimCall) =>
  [...sim.journal.entries, ...sim.call.log.takePending()].flatMap(entry =>
    entry.kind === 'note' && entry.note.type === 'warning' ? [entry.note.text] : [],
  );

describe.each(TRANSPORTS)('the audio of a call over %s', transport => {
  it('is withheld where transcripts are redacted, but not from the key', async () => {
    const recordings = await open();
    const key = 'a-key-that-opens-the-api-of-tests';
    const server = await WireServer.start({
      transport,
      recordings,
      env: { API_KEY: key, REDACT_TRANSCRIPTS: 'on' },
    });
    try {
      const caller = await WireCaller.place(server);
      await caller.listened();
      const body = JSON.stringify({ key });
      const session = await fetch(`${server.url}/api/session`, { method: 'POST', body });
      const cookie = session.headers.get('set-cookie')?.split(';')[0] ?? '';
      const url = `${server.url}/api/calls/${caller.phone.callSid}`;
      const statusOf = async (path: string, headers: Record<string, string>) =>
        (await fetch(url + path, { headers })).status;
      for (const path of ['/audio?track=caller', '/peaks?track=agent']) {
        expect(await statusOf(path, { cookie })).toBe(403);
        expect(await statusOf(path, { authorization: `Bearer ${key}` })).toBe(200);
        expect(await statusOf(path, {})).toBe(401);
      }
      await caller.phone.hangUp();
      await caller.summary();
    } finally {
      await server.close();
      await recordings.close();
    }
  }, 60_000);

  it('is served while the call lives and afterwards, whole and in parts, to those who may', async () => {
    const recordings = await open();
    const server = await WireServer.start({ transport, recordings, letterMs: 20 });
    try {
      const caller = await WireCaller.place(server);
      const url = `${server.url}/api/calls/${caller.phone.callSid}`;
      await caller.reaches('floor.replying.speaking');
      // Into the greeting.
      await caller.say('one zero two four.');
      await caller.listened();
      const live = await (await fetch(`${url}/audio?track=agent`)).arrayBuffer();
      expect(readWav(new Uint8Array(live)).length).toBeGreaterThan(500 * BYTES_PER_MS);
      const played = caller.line.counts.bytesPlayed;
      await caller.phone.hangUp();
      await caller.summary();
      await recordings.settled();

      const whole = await fetch(`${url}/audio?track=agent`);
      expect([whole.status, whole.headers.get('content-type')]).toEqual([200, 'audio/wav']);
      const file = Buffer.from(await whole.arrayBuffer());
      const agent = readWav(file);
      // The way to the caller and back is not in it: a frame or two at each interruption.
      expect(Math.abs(count(agent, VOICE) - played) / BYTES_PER_MS).toBeLessThan(300);
      const heard = readWav(Buffer.from(await (await fetch(`${url}/audio?track=caller`)).arrayBuffer()));
      expect(heard.length).toBe(agent.length);
      const spoken = Buffer.concat(speak('one zero two four.'));
      expect(Buffer.from(heard).includes(spoken)).toBe(true);

      const ranged = async (range: string) => {
        const answer = await fetch(`${url}/audio?track=agent`, { headers: { range } });
        return {
          status: answer.status,
          range: answer.headers.get('content-range'),
          body: await answer.arrayBuffer(),
        };
      };
      const part = await ranged('bytes=40-99');
      expect([part.status, part.range]).toEqual([206, `bytes 40-99/${file.length}`]);
      expect(Buffer.from(part.body)).toEqual(file.subarray(40, 100));
      expect(Buffer.from((await ranged('bytes=-10')).body)).toEqual(file.subarray(-10));
      expect(Buffer.from((await ranged('bytes=0-')).body)).toEqual(file);
      expect(await ranged(`bytes=${file.length}-`)).toMatchObject({
        status: 416,
        range: `bytes */${file.length}`,
      });

      const { status, body } = await server.getJson(
        `/api/calls/${caller.phone.callSid}/peaks?track=caller&points=50`,
      );
      expect([status, body.peaks.length, body.durationMs]).toEqual([
        200,
        50,
        Math.floor(agent.length / BYTES_PER_MS),
      ]);
      expect(body.peaks.some(([min, max]: [number, number]) => min < -0.5 || max > 0.5)).toBe(true);
      expect(await server.getJson(`/api/calls/${caller.phone.callSid}/peaks?track=both`)).toMatchObject({
        status: 400,
        body: { error: 'track must be caller or agent.' },
      });
      expect((await server.getJson(`/api/calls/CA${'0'.repeat(32)}/audio?track=agent`)).status).toBe(404);
      const stranger = await fetch(`${url}/audio?track=agent`, {
        headers: { origin: 'https://evil.example' },
      });
      expect(stranger.status).toBe(401);
      expect(server.complaints.filter(text => text.includes('recording'))).toEqual([]);
    } finally {
      await server.close();
      await recordings.close();
    }
  }, 60_000);
});
