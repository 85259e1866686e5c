import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CarrierWriter, readCarrierMessage } from '../../../runtime/media/media-streams.ts';

const read = (value: unknown) =>
  readCarrierMessage(Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)));

/** An object's entries in any order. */
function shuffled<T extends object>(value: fc.Arbitrary<T>): fc.Arbitrary<T> {
  return value.chain(object =>
    fc
      .shuffledSubarray(Object.entries(object), { minLength: Object.keys(object).length })
      .map(entries => Object.fromEntries(entries) as T),
  );
}

const audio = fc.uint8Array({ maxLength: 400 }).map(bytes => Buffer.from(bytes));
/** Strings that could be taken for a piece of the message. */
const trap = fc.oneof(
  fc.string(),
  fc.constantFrom(
    '"payload":"AAAA"',
    '{"event":"media"',
    '\\"payload\\":\\"',
    'payload',
    '}',
    '"}}',
    '\\',
    'ü€😀',
  ),
);
const mediaFrame = audio.chain(bytes =>
  shuffled(
    fc.record({
      event: fc.constant('media'),
      sequenceNumber: trap,
      streamSid: trap,
      media: shuffled(
        fc.record({
          track: trap,
          chunk: trap,
          timestamp: trap,
          payload: fc.constant(bytes.toString('base64')),
        }),
      ),
    }),
  ).map(frame => ({ frame, bytes })),
);

describe('reading the carrier’s frames', () => {
  it('finds the audio whatever the order of keys and whatever the other strings hold', () => {
    fc.assert(
      fc.property(mediaFrame, fc.boolean(), ({ frame, bytes }, spaced) => {
        const text = spaced ? JSON.stringify(frame, null, 2) : JSON.stringify(frame);
        expect(read(text)).toEqual({ event: 'media', audio: bytes });
      }),
      { numRuns: 500 },
    );
  });

  it('does not take a payload for the audio that is not the media’s own', () => {
    const payload = Buffer.from('audio').toString('base64');
    const other = Buffer.from('other').toString('base64');
    for (const frame of [
      { event: 'media', extra: { payload: other }, media: { payload } },
      { event: 'media', media: { extra: { payload: other }, payload } },
      { event: 'media', media: { payload }, extra: { payload: other } },
    ])
      expect(read(frame)).toEqual({ event: 'media', audio: Buffer.from('audio') });
  });

  it('reads every other message', () => {
    expect(read({ event: 'connected', protocol: 'Call', version: '1.0.0' })).toEqual({ event: 'connected' });
    expect(read({ event: 'mark', mark: { name: '3:1600' } })).toEqual({ event: 'mark', name: '3:1600' });
    expect(read({ event: 'dtmf', dtmf: { digit: '#' } })).toEqual({ event: 'dtmf', digit: '#' });
    expect(read({ event: 'stop', stop: {} })).toEqual({ event: 'stop' });
    expect(read({ event: 'novel' })).toEqual({ event: 'unknown', name: 'novel' });
    expect(
      read({
        event: 'start',
        start: { streamSid: 'MZ1', callSid: 'CA1', customParameters: { a: 'b', c: 3 } },
      }),
    ).toEqual({
      event: 'start',
      start: { streamSid: 'MZ1', callSid: 'CA1', accountSid: '', customParameters: { a: 'b' } },
    });
  });

  it.each([
    ['', 'not JSON'],
    ['{"event":"media"', 'not JSON'],
    ['{"event":"media","media":{"payload":"AAAA"', 'not JSON'],
    ['{"event":"media","media":{"payload":"AAAA"}', 'not JSON'],
    ['{"event":"media","media":{"payload":"AAAA"}}}', 'not JSON'],
    ['{"event":"media" "media":{"payload":"AAAA"}}', 'not JSON'],
    ['null', 'no "event"'],
    ['[]', 'no "event"'],
    ['{"event":3}', 'no "event"'],
    ['{"event":"media"}', 'media without payload'],
    ['{"event":"media","media":{"payload":3}}', 'media without payload'],
    ['{"event":"media","payload":"AAAA"}', 'media without payload'],
    ['{"event":"mark","mark":{}}', 'mark without name'],
    ['{"event":"dtmf","dtmf":{"digit":"12"}}', 'dtmf without digit'],
    ['{"event":"start","start":{"streamSid":"MZ"}}', 'start without streamSid or callSid'],
  ])('calls %j malformed: %s', (frame, reason) => {
    expect(read(frame)).toEqual({ event: 'malformed', reason });
  });

  it('never throws', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array({ maxLength: 200 }),
          mediaFrame.map(({ frame }) => Buffer.from(JSON.stringify(frame)).subarray(3)),
        ),
        bytes => {
          expect(readCarrierMessage(Buffer.from(bytes)).event).toBeTypeOf('string');
        },
      ),
    );
  });
});

describe('writing frames to the carrier', () => {
  it('makes JSON that says what was meant, whatever the stream is called', () => {
    fc.assert(
      fc.property(trap, audio, trap, (streamSid, bytes, name) => {
        const writer = new CarrierWriter(streamSid);
        const from = Math.min(2, bytes.length);
        expect(JSON.parse(writer.media(bytes, from, bytes.length))).toEqual({
          event: 'media',
          streamSid,
          media: { payload: bytes.subarray(from).toString('base64') },
        });
        expect(JSON.parse(writer.mark(name))).toEqual({ event: 'mark', streamSid, mark: { name } });
        expect(JSON.parse(writer.clear())).toEqual({ event: 'clear', streamSid });
      }),
    );
  });
});
