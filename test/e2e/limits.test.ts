import { describe, expect, it, vi } from 'vitest';
import { PhoneCall } from '../../src/caller/phone-call.ts';
import { announced, newCallSid, postWebhook, RawStream, webhookForm } from '../harness/raw-stream.ts';
import { goodCall, WireCaller } from '../harness/wire-caller.ts';
import { reaches, TRANSPORTS, WireServer } from '../harness/wire-server.ts';

const POLICY_VIOLATION = 1008;
const INTERNAL_ERROR = 1011;
const NUMBERS = { from: '+12025550123', to: '+12025550100' };

describe.concurrent.each(TRANSPORTS)('a server on %s', transport => {
  it('closes 200 connections that say nothing, and serves a call meanwhile', async () => {
    await using(WireServer.start({ transport, media: { startTimeoutMs: 1_000 } }), async server => {
      const serving = goodCall(server);
      const silent = await Promise.all(Array.from({ length: 200 }, () => RawStream.connect(server)));
      const codes = await Promise.all(silent.map(async stream => (await stream.closed()).code));
      expect(new Set(codes)).toEqual(new Set([POLICY_VIOLATION]));
      await serving;
    });
  });

  it('has no line free at its limit, and has one again after a call', async () => {
    await using(WireServer.start({ transport, env: { MAX_CALLS: '1' } }), async server => {
      const first = await WireCaller.place(server);
      for (const direction of ['inbound', 'outbound-api'] as const) {
        const second = new PhoneCall(server.url, { ...NUMBERS, direction });
        const verbs: string[] = [];
        second.on('verb', ({ verb }) => verbs.push(verb));
        await second.begin();
        expect(await second.ended()).toMatchObject({ by: 'agent', streams: 0, error: null });
        expect(verbs).toEqual(direction === 'inbound' ? ['reject'] : ['say', 'hangup']);
      }
      await first.phone.hangUp();
      await first.summary();
      await goodCall(server);
    });
  });

  it('counts callers on their way: two at once do not pass the last free line', async () => {
    await using(WireServer.start({ transport, env: { MAX_CALLS: '1' } }), async server => {
      const answers = await Promise.all([
        postWebhook(server, 'voice', webhookForm(newCallSid())),
        postWebhook(server, 'voice', webhookForm(newCallSid())),
      ]);
      expect(answers.filter(twiml => twiml.includes('<Reject reason="busy"/>'))).toHaveLength(1);
    });
  });

  it('that drains takes no new call, lets the running one finish, and is done when it has', async () => {
    await using(WireServer.start({ transport }), async server => {
      const caller = await WireCaller.place(server);
      await caller.listened();
      const drained = server.running.drain();

      expect(await server.getJson('/healthz')).toMatchObject({
        status: 503,
        body: { status: 'draining', calls: 1, transport },
      });
      expect(await postWebhook(server, 'voice', webhookForm(newCallSid()))).toContain('<Reject');
      await caller.converseByKeys('1024#');
      await caller.line.dropLine();
      await caller.reaches('floor.onHold');
      await caller.listened();
      await caller.converse('no.');
      await drained;
      const { end, summary } = await caller.ended();
      expect(end).toMatchObject({ by: 'agent', error: null });
      expect(summary.outcome).toBe('completed');
    });
  });

  it('that drains says goodbye when the time is up', async () => {
    await using(WireServer.start({ transport, env: { DRAIN_TIMEOUT_S: '15' } }), async server => {
      const caller = await WireCaller.place(server);
      await caller.listened();
      await server.running.drain();
      const { end, summary } = await caller.ended();
      expect(end).toMatchObject({ by: 'agent', error: null });
      expect(summary.outcome).toBe('stopped');
      expect(summary.turns.at(-1)).toMatchObject({ purpose: 'farewell', agent: { interrupted: false } });
    });
  });

  it('that drains still takes the caller who was on the way', async () => {
    await using(WireServer.start({ transport }), async server => {
      const callSid = newCallSid();
      const token = await announced(server, callSid);
      let isDrained = false;
      const drained = server.running.drain().then(() => {
        isDrained = true;
      });
      const stream = await RawStream.connect(server, callSid);
      stream.sendStart(token);
      await server.call(callSid);
      expect(isDrained).toBe(false);
      stream.hangUp();
      await drained;
    });
  });

  it('that closes in mid-call tells the carrier to hang up before it is gone', async () => {
    const server = await WireServer.start({ transport });
    const caller = await WireCaller.place(server);
    await caller.listened();
    await server.close();
    const { end, summary } = await caller.ended();
    expect(end).toMatchObject({ by: 'agent', error: null });
    expect(summary.outcome).toBe('stopped');
  });

  it('that has no voice for a call ends it at once, and has one for the next', async () => {
    await using(WireServer.start({ transport }), async server => {
      const { open } = server.voice;
      server.voice.open = () => {
        throw new Error('no voice left');
      };
      const callSid = newCallSid();
      const stream = await RawStream.connect(server, callSid);
      stream.sendStart(await announced(server, callSid));
      expect((await stream.closed()).code).toBe(INTERNAL_ERROR);
      expect(await postWebhook(server, 'resume', webhookForm(callSid))).toContain('<Hangup/>');
      expect(server.complaints).toContainEqual(expect.stringContaining('no voice left'));
      expect(server.running.host.size).toBe(0);

      server.voice.open = open;
      await goodCall(server);
    });
  });

  it('waits with its voice for a carrier that does not read, and loses none of it', async () => {
    await using(
      WireServer.start({ transport, playout: eager, media: { silenceTimeoutMs: 60_000 } }),
      async server => {
        // 16 MB on the wire: more than the kernel takes for a peer that has stopped.
        const letterBytes = 100_000;
        const { voice } = server;
        const usualBytes = voice.bytesPerLetter;
        voice.bytesPerLetter = letterBytes;
        const slow = await RawStream.start(server, {}, stream => stream.socket.pause());
        const call = await server.call(slow.callSid);
        await vi.waitFor(() => expect(voice.said).toHaveLength(3));
        const generatedBytes = voice.said.join('').length * letterBytes;
        voice.bytesPerLetter = usualBytes;

        await goodCall(server);
        expect(slow.audioBytes).toBe(0);
        expect(call.line.playout.isBusy).toBe(true);

        slow.socket.resume();
        slow.echoMarks();
        await reaches(call, 'floor.listening.quiet');
        expect(slow.audioBytes).toBe(generatedBytes);
        slow.hangUp();
        expect((await server.memory.finished(call.start.callId)).outcome).toBe('hungUp');
      },
    );
  });

  it('ends a call whose carrier never reads when it hangs up', async () => {
    await using(WireServer.start({ transport, playout: eager, letterMs: 12_500 }), async server => {
      const slow = await RawStream.start(server, {}, stream => stream.socket.pause());
      const call = await server.call(slow.callSid);
      await reaches(call, 'floor.replying.speaking');
      slow.send({ event: 'stop', streamSid: slow.streamSid, stop: {} });
      const { outcome, turns } = await server.memory.finished(call.start.callId);
      expect([outcome, turns[0]?.agent.heard]).toEqual(['hungUp', '']);
      slow.drop();
    });
  });
});

/** Sends all it has at once, and waits for the carrier's marks for ever. */
const eager = {
  leadMs: 3_600_000,
  markEveryMs: 60_000,
  markGraceMs: 3_600_000,
  maxBufferedBytes: 64 * 1024,
};

async function using(starting: Promise<WireServer>, test: (server: WireServer) => Promise<void>) {
  const server = await starting;
  try {
    await test(server);
  } finally {
    await server.close();
  }
}
