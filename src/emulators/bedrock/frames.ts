import { EventStreamCodec } from '@smithy/core/event-streams';

const codec = new EventStreamCodec(
  bytes => Buffer.from(bytes as Uint8Array).toString('utf8'),
  text => Buffer.from(text, 'utf8'),
);

const padding = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';

/** One event of the stream. Bedrock pads each with a field `p` of changing length, against guessing words from sizes. */
export function eventFrame(type: string, body: Record<string, unknown>, number: number): Uint8Array {
  const p = padding.slice(0, (number * 17) % padding.length);
  return frame(
    { ':message-type': 'event', ':event-type': type, ':content-type': 'application/json' },
    { ...body, p },
  );
}

/** An error that the API describes, as `throttlingException`. */
export function exceptionFrame(type: string, message: string): Uint8Array {
  const headers = {
    ':message-type': 'exception',
    ':exception-type': type,
    ':content-type': 'application/json',
  };
  return frame(headers, { message });
}

/** An error that it does not describe. */
export function errorFrame(code: string, message: string): Uint8Array {
  return frame({ ':message-type': 'error', ':error-code': code, ':error-message': message }, null);
}

/** A frame whose checksum is wrong. */
export function brokenFrame(whole: Uint8Array): Uint8Array {
  const broken = Uint8Array.from(whole);
  const last = broken.length - 1;
  broken[last] = broken[last]! ^ 0xff;
  return broken;
}

function frame(headers: Record<string, string>, body: Record<string, unknown> | null): Uint8Array {
  const entries = Object.entries(headers).map(([name, value]) => [name, { type: 'string' as const, value }]);
  return codec.encode({
    headers: Object.fromEntries(entries),
    body: body ? Buffer.from(JSON.stringify(body), 'utf8') : new Uint8Array(),
  });
}
