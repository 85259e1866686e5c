import type { SoftphoneAnswer } from '../shell/types.ts';

/** Media Streams as a carrier writes and reads them: numbers are strings. */

export const CONNECTED = JSON.stringify({ event: 'connected', protocol: 'Call', version: '1.0.0' });

export function startMessage(sequence: number, stream: SoftphoneAnswer): string {
  const { accountSid, callSid, streamSid, parameters, token } = stream;
  return JSON.stringify({
    event: 'start',
    sequenceNumber: String(sequence),
    start: {
      accountSid,
      streamSid,
      callSid,
      tracks: ['inbound'],
      mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 },
      customParameters: { ...parameters, token },
    },
    streamSid,
  });
}

const FRAME_MS = 20;

export function mediaMessage(streamSid: string, sequence: number, chunk: number, audio: Uint8Array): string {
  const payload = btoa(String.fromCharCode(...audio));
  const media = {
    track: 'inbound',
    chunk: String(chunk),
    timestamp: String((chunk - 1) * FRAME_MS),
    payload,
  };
  // The order of the keys is the carrier's: the server reads this one message by it, fifty times a second.
  return JSON.stringify({ event: 'media', sequenceNumber: String(sequence), media, streamSid });
}

export function dtmfMessage(streamSid: string, sequence: number, digit: string): string {
  const dtmf = { track: 'inbound_track', digit };
  return JSON.stringify({ event: 'dtmf', streamSid, sequenceNumber: String(sequence), dtmf });
}

export function markMessage(streamSid: string, sequence: number, name: string): string {
  return JSON.stringify({ event: 'mark', sequenceNumber: String(sequence), streamSid, mark: { name } });
}

/** Our own addition: words typed instead of spoken. */
export function textMessage(streamSid: string, sequence: number, text: string): string {
  return JSON.stringify({ event: 'aybiza.text', sequenceNumber: String(sequence), streamSid, text });
}

export function stopMessage(sequence: number, { accountSid, callSid, streamSid }: SoftphoneAnswer): string {
  const stop = { accountSid, callSid };
  return JSON.stringify({ event: 'stop', sequenceNumber: String(sequence), streamSid, stop });
}

export type ServerMessage =
  | { event: 'media'; media: { payload: string } }
  | { event: 'mark'; mark: { name: string } }
  | { event: 'clear' };

export function audioOf(payload: string): Uint8Array {
  return Uint8Array.from(atob(payload), character => character.charCodeAt(0));
}
