import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import { type Load, openLoadWindow } from './load-window.ts';
import { answerWith } from './peer.ts';
import { type HotSpot, startProfile } from './profiler.ts';

/**
 * What anybody would write first, to compare with: a `ws` server that parses every frame, decodes its audio and sends a
 * frame of its own back. It has no pacing, no marks, no speech, no calls.
 */
const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
let closeLoad: () => Load;
let stopProfile: (() => Promise<HotSpot[]>) | null = null;

server.on('connection', socket => {
  let streamSid = '';
  let heardBytes = 0;
  socket.on('message', data => {
    const message = JSON.parse(data.toString());
    if (message.event === 'start') streamSid = message.streamSid;
    if (message.event !== 'media') return;

    const audio = Buffer.from(message.media.payload, 'base64');
    heardBytes += audio.length;
    const payload = audio.fill(heardBytes & 0x7f).toString('base64');
    socket.send(JSON.stringify({ event: 'media', streamSid, media: { payload } }));
  });
});

const methods = {
  start(_: null): { url: string } {
    return { url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/` };
  },

  async measure({ profile }: { profile: boolean }): Promise<void> {
    if (profile) stopProfile = await startProfile();
    closeLoad = openLoadWindow();
  },

  async measured(_: null): Promise<{ load: Load; profile: HotSpot[] }> {
    const load = closeLoad();
    const profile = (await stopProfile?.()) ?? [];
    stopProfile = null;
    return { load, profile };
  },
};

export type PlainMethods = typeof methods;

answerWith(methods);
