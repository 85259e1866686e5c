/**
 * Media Streams messages as Twilio writes and reads them (twilio.com/docs/voice/media-streams/websocket-messages).
 * Twilio's numbers are strings, except those of `mediaFormat`.
 */

export interface StreamIdentity {
  accountSid: string;
  callSid: string;
  streamSid: string;
}

export const CONNECTED = JSON.stringify({ event: 'connected', protocol: 'Call', version: '1.0.0' });

export function startMessage(
  sequence: number,
  { accountSid, callSid, streamSid }: StreamIdentity,
  customParameters: Record<string, string>,
): string {
  return JSON.stringify({
    event: 'start',
    sequenceNumber: String(sequence),
    start: {
      accountSid,
      streamSid,
      callSid,
      tracks: ['inbound'],
      mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 },
      customParameters,
    },
    streamSid,
  });
}

/** `streamSid` has no characters that JSON escapes, so the one message sent fifty times a second is put together by hand. */
export function mediaMessage(
  streamSid: string,
  sequence: number,
  chunk: number,
  timestampMs: number,
  payload: string,
): string {
  return `{"event":"media","sequenceNumber":"${sequence}","media":{"track":"inbound","chunk":"${chunk}","timestamp":"${timestampMs}","payload":"${payload}"},"streamSid":"${streamSid}"}`;
}

export function dtmfMessage(streamSid: string, sequence: number, digit: string): string {
  return JSON.stringify({
    event: 'dtmf',
    streamSid,
    sequenceNumber: String(sequence),
    dtmf: { track: 'inbound_track', digit },
  });
}

export function markMessage(streamSid: string, sequence: number, name: string): string {
  return JSON.stringify({ event: 'mark', sequenceNumber: String(sequence), streamSid, mark: { name } });
}

export function stopMessage(sequence: number, { accountSid, callSid, streamSid }: StreamIdentity): string {
  return JSON.stringify({
    event: 'stop',
    sequenceNumber: String(sequence),
    streamSid,
    stop: { accountSid, callSid },
  });
}

export type ServerMessage =
  | { event: 'media'; payload: string; sizeBytes: number }
  | { event: 'mark'; name: string }
  | { event: 'clear' };

/** Reads what the server sent. Throws where Twilio reports a protocol error (31924). */
export function readServerMessage(text: string, streamSid: string): ServerMessage {
  const message = parseJson(text);
  const { event } = message;
  if (event !== 'media' && event !== 'mark' && event !== 'clear') {
    throw new Error(`The event is ${JSON.stringify(event)}; the server may send media, mark and clear.`);
  }
  if (message.streamSid !== streamSid) throw new Error(`A ${event} message is for another streamSid.`);
  if (event === 'clear') return { event };
  if (event === 'mark') return { event, name: stringIn(message, 'mark', 'name') };

  const payload = stringIn(message, 'media', 'payload');
  return { event, payload, sizeBytes: base64SizeBytes(payload) };
}

function parseJson(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error('A message is not JSON.');
  }
  if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  throw new Error('A message is not a JSON object.');
}

function stringIn(message: Record<string, unknown>, part: 'media' | 'mark', field: string): string {
  const value = (message[part] as Record<string, unknown> | undefined)?.[field];
  if (typeof value === 'string' && value !== '') return value;
  throw new Error(`A ${part} message has no ${part}.${field}.`);
}

const NOT_BASE64 = /[^A-Za-z0-9+/]/;

function base64SizeBytes(payload: string): number {
  const padding = payload.endsWith('==') ? 2 : payload.endsWith('=') ? 1 : 0;
  const digits = padding === 0 ? payload : payload.slice(0, -padding);
  if (payload.length % 4 !== 0 || NOT_BASE64.test(digits)) {
    throw new Error('The payload of a media message is not base64.');
  }
  return (payload.length / 4) * 3 - padding;
}
