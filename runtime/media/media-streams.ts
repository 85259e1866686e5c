/**
 * Twilio Media Streams, the JSON text protocol between a carrier and a media server.
 * https://www.twilio.com/docs/voice/media-streams/websocket-messages
 */

/** Samples, and bytes, a second of mu-law telephone audio. */
export const BYTES_PER_SECOND = 8_000;
export const BYTES_PER_MS = 8;
/** 20 ms, the frame size seen on the wire; the protocol allows any. */
export const FRAME_BYTES = 160;

/** Our addition to the protocol: `{"event":"aybiza.text","text":"…"}`, for softphones without a microphone. */
const TEXT_EVENT = 'aybiza.text';
const MAX_TEXT_LENGTH = 500;

export interface StreamStart {
  streamSid: string;
  callSid: string;
  accountSid: string;
  customParameters: Record<string, string>;
}

export type CarrierMessage =
  | { event: 'connected' }
  | { event: 'start'; start: StreamStart }
  | { event: 'media'; audio: Buffer }
  | { event: 'mark'; name: string }
  | { event: 'dtmf'; digit: string }
  | { event: 'stop' }
  /** What the caller typed: of our own softphone, no carrier sends it. */
  | { event: 'text'; text: string }
  | { event: 'unknown'; name: string }
  /** Not JSON, or not of the protocol's shape. */
  | { event: 'malformed'; reason: string };

const MEDIA_HEAD = Buffer.from('{"event":"media",');
const MEDIA_KEY = Buffer.from('"media":');
const PAYLOAD_KEY = Buffer.from('"payload":"');
const QUOTE = 0x22;
const OPENING_BRACE = 0x7b;
const CLOSING_BRACE = 0x7d;

/**
 * Reads one text frame. Media frames, 50 a second for every call, are read without building the JSON, as long as they
 * have the shape they always have: JSON strings cannot hold a bare quote, so a key found is a key.
 */
export function readCarrierMessage(frame: Buffer): CarrierMessage {
  return readMediaFast(frame) ?? readAny(frame);
}

function readMediaFast(frame: Buffer): CarrierMessage | null {
  if (!holds(frame, MEDIA_HEAD, 0)) return null;
  // One object in the object, and it is the media; a brace in some string only means that the JSON must be built.
  const open = frame.indexOf(OPENING_BRACE, MEDIA_HEAD.length);
  const close = frame.indexOf(CLOSING_BRACE, open + 1);
  const last = frame.length - 1;
  if (!holds(frame, MEDIA_KEY, open - MEDIA_KEY.length) || frame.indexOf(OPENING_BRACE, open + 1) >= 0)
    return null;
  if (close < 0 || frame.indexOf(CLOSING_BRACE, close + 1) !== last) return null;

  const key = frame.indexOf(PAYLOAD_KEY, open);
  const from = key + PAYLOAD_KEY.length;
  const to = frame.indexOf(QUOTE, from);
  if (key < 0 || key > close || to !== close - 1) return null;
  const payload = frame.toString('latin1', from, to);
  return payload.includes('\\') ? null : { event: 'media', audio: Buffer.from(payload, 'base64') };
}

function holds(frame: Buffer, text: Buffer, at: number): boolean {
  return (
    at >= 0 &&
    at + text.length <= frame.length &&
    frame.compare(text, 0, text.length, at, at + text.length) === 0
  );
}

function readAny(frame: Buffer): CarrierMessage {
  let message: unknown;
  try {
    message = JSON.parse(frame.toString('utf8'));
  } catch {
    return { event: 'malformed', reason: 'not JSON' };
  }
  if (!isRecord(message) || typeof message.event !== 'string')
    return { event: 'malformed', reason: 'no "event"' };

  switch (message.event) {
    case 'connected':
      return { event: 'connected' };
    case 'start':
      return readStart(message.start);
    case 'media':
      return isRecord(message.media) && typeof message.media.payload === 'string'
        ? { event: 'media', audio: Buffer.from(message.media.payload, 'base64') }
        : { event: 'malformed', reason: 'media without payload' };
    case 'mark':
      return isRecord(message.mark) && typeof message.mark.name === 'string'
        ? { event: 'mark', name: message.mark.name }
        : { event: 'malformed', reason: 'mark without name' };
    case 'dtmf':
      return isRecord(message.dtmf) && isDigit(message.dtmf.digit)
        ? { event: 'dtmf', digit: message.dtmf.digit }
        : { event: 'malformed', reason: 'dtmf without digit' };
    case 'stop':
      return { event: 'stop' };
    case TEXT_EVENT:
      return readText(message.text);
    default:
      return { event: 'unknown', name: message.event.slice(0, 40) };
  }
}

function readText(text: unknown): CarrierMessage {
  const words = typeof text === 'string' ? text.trim().replace(/\s+/g, ' ') : '';
  return words && words.length <= MAX_TEXT_LENGTH
    ? { event: 'text', text: words }
    : { event: 'malformed', reason: `text must have 1 to ${MAX_TEXT_LENGTH} characters` };
}

function readStart(start: unknown): CarrierMessage {
  if (!isRecord(start) || !isShortString(start.streamSid) || !isShortString(start.callSid))
    return { event: 'malformed', reason: 'start without streamSid or callSid' };
  const parameters = isRecord(start.customParameters) ? start.customParameters : {};
  return {
    event: 'start',
    start: {
      streamSid: start.streamSid,
      callSid: start.callSid,
      accountSid: isShortString(start.accountSid) ? start.accountSid : '',
      customParameters: Object.fromEntries(
        Object.entries(parameters).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
      ),
    },
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isShortString(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= 100;
}

function isDigit(value: unknown): value is string {
  return typeof value === 'string' && /^[0-9*#A-D]$/.test(value);
}

/** Writes the frames of one stream. The unchanging part of a media frame is built once. */
export class CarrierWriter {
  readonly #streamSid: string;
  readonly #mediaHead: string;

  constructor(streamSid: string) {
    this.#streamSid = JSON.stringify(streamSid);
    this.#mediaHead = `{"event":"media","streamSid":${this.#streamSid},"media":{"payload":"`;
  }

  media(audio: Buffer, from: number, to: number): string {
    return `${this.#mediaHead}${audio.toString('base64', from, to)}"}}`;
  }

  mark(name: string): string {
    return `{"event":"mark","streamSid":${this.#streamSid},"mark":{"name":${JSON.stringify(name)}}}`;
  }

  clear(): string {
    return `{"event":"clear","streamSid":${this.#streamSid}}`;
  }
}
