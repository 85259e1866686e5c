import { randomUUID } from 'node:crypto';

/** One message of the Speech protocol: headers as in HTTP, and a body. Names of headers are in lower case. */
export interface SpeechMessage {
  path: string;
  requestId: string;
  headers: Readonly<Record<string, string>>;
  /** Text of a text message; null where there is none. */
  text: string | null;
  /** Body of a binary message; null where there is none, which ends a stream of audio. */
  bytes: Buffer | null;
}

/** A text frame: headers, an empty line, the body. Null: not of the protocol. */
export function readTextFrame(frame: string): SpeechMessage | null {
  const at = frame.indexOf('\r\n\r\n');
  if (at < 0) return null;
  return messageOf(frame.slice(0, at), { text: frame.slice(at + 4) || null, bytes: null });
}

/** A binary frame: two bytes with the length of the headers (big-endian), the headers, the body. */
export function readBinaryFrame(frame: Buffer): SpeechMessage | null {
  if (frame.length < 2) return null;
  const bodyAt = 2 + frame.readUInt16BE(0);
  if (bodyAt > frame.length) return null;
  const bytes = bodyAt < frame.length ? Buffer.from(frame.subarray(bodyAt)) : null;
  return messageOf(frame.toString('latin1', 2, bodyAt), { text: null, bytes });
}

export function textFrame(path: string, requestId: string, body: unknown): string {
  const headers = `X-RequestId:${requestId}\r\nContent-Type:application/json; charset=utf-8\r\nPath:${path}\r\n`;
  return `${headers}\r\n${JSON.stringify(body)}`;
}

export function audioFrame(requestId: string, streamId: string, audio: Uint8Array | null): Buffer {
  const headers = Buffer.from(
    `X-RequestId:${requestId}\r\nContent-Type:audio/basic\r\nX-StreamId:${streamId}\r\nPath:audio\r\n`,
  );
  const length = Buffer.alloc(2);
  length.writeUInt16BE(headers.length);
  return Buffer.concat([length, headers, audio ?? new Uint8Array(0)]);
}

/** What nobody can read: JSON without its end, or headers longer than their frame. */
export function garble(frame: string | Buffer): string | Buffer {
  if (typeof frame === 'string') return frame.slice(0, -1);
  const broken = Buffer.from(frame);
  broken.writeUInt16BE(0x7fff);
  return broken;
}

/** As the service writes ids. */
export function newId(): string {
  return randomUUID().replaceAll('-', '');
}

function messageOf(head: string, body: Pick<SpeechMessage, 'text' | 'bytes'>): SpeechMessage | null {
  const headers: Record<string, string> = {};
  for (const line of head.split('\r\n')) {
    const colon = line.indexOf(':');
    if (colon > 0) headers[line.slice(0, colon).trim().toLowerCase()] = line.slice(colon + 1).trim();
  }
  const { path, 'x-requestid': requestId } = headers;
  return path && requestId ? { path: path.toLowerCase(), requestId, headers, ...body } : null;
}
