import { expect, it } from 'vitest';
import { systemClock } from '../../../runtime/clock.ts';
import { listen } from '../../../runtime/cloud/listen.ts';
import type { SocketRoute } from '../../../runtime/cloud/transport.ts';
import { placeCall } from '../../../src/caller/phone-call.ts';
import { Secret } from '../../../src/secret.ts';
import { type ExpectedCall, Reception } from '../../../src/telephony/reception.ts';
import { type AfterStream, MEDIA_PATH, twilioRoutes } from '../../../src/telephony/routes.ts';
import { carrierAccess } from '../../../src/telephony/signature.ts';

const authToken = 'canary-auth-token-0123';
const publicUrl = 'https://calls.example.com';

for (const prefer of ['uws', 'ws'] as const) {
  it(`a signed call goes over two streams and to a person, all on ${prefer}`, async () => {
    const admitted: ExpectedCall[] = [];
    const told: string[] = [];
    const errors: unknown[] = [];
    const plan: AfterStream[] = [{ next: 'reconnect' }, { next: 'dial', number: '+15551234567' }];
    const access = carrierAccess({ authToken: new Secret(authToken), publicUrl });
    const reception = new Reception({ clock: systemClock, onRefused: reason => told.push(reason) });

    // Admits the stream by its first message and ends it at once.
    const media: SocketRoute<null> = {
      path: MEDIA_PATH,
      maxPayloadBytes: 65_536,
      maxBackpressureBytes: 65_536,
      idleTimeoutS: 30,
      authorize(request) {
        const refuse = access.authorizeUpgrade(request);
        return refuse ? { refuse } : { accept: null };
      },
      message(socket, message) {
        const { event, start } = JSON.parse(message.toString());
        if (event !== 'start') return;
        const call = reception.admit(start.customParameters.token, start.callSid);
        if (call) admitted.push(call);
        socket.close(1000, 'done');
      },
      closed() {},
    };
    const http = twilioRoutes({
      access,
      reception,
      desk: {
        liveCalls: 0,
        draining: false,
        has: () => false,
        tenureOf: () => null,
        forgetIfTaken: async () => false,
        afterStream: () => plan.shift() ?? { next: 'hangUp' },
        onDialed: (_, status) => void told.push(`dialed ${status}`),
        onStatus: (_, status) => void told.push(status),
      },
      origin: () => publicUrl,
      maxCalls: 10,
      defaults: { edgeRegion: 'local', latencyTargetMs: 50, qualityMode: 'balanced' },
      accountSid: null,
      onError: error => errors.push(error),
    });
    const server = await listen({
      host: '127.0.0.1',
      port: 0,
      maxBodyBytes: 65_536,
      http,
      sockets: [media],
      onError: error => errors.push(error),
      warn: () => {},
      prefer,
    });

    try {
      expect(server.transport).toBe(prefer);
      const at = `http://127.0.0.1:${server.port}`;
      const options = { from: '+15550001', to: '+15550002', publicUrl, dialStatus: 'no-answer' as const };
      await expect(placeCall(at, { ...options, authToken: 'forged' })).rejects.toThrow('403');

      const call = await placeCall(at, { ...options, authToken, fields: { EdgeRegion: 'fra1' } });
      const end = await call.ended();

      expect(end).toMatchObject({ by: 'agent', error: null, streams: 3, dialled: ['+15551234567'] });
      expect(admitted.map(one => one.resume)).toEqual([false, true, true]);
      for (const one of admitted)
        expect(one).toMatchObject({ callSid: call.callSid, parameters: { edge_region: 'fra1' } });
      expect(told).toEqual(['dialed no-answer', 'completed']);
      expect(errors).toEqual([]);
    } finally {
      reception.close();
      await server.close();
    }
  });
}
