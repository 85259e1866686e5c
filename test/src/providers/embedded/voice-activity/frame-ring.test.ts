import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createRingBlock,
  type RingBlock,
  RingReader,
  RingWriter,
} from '../../../../../src/providers/embedded/voice-activity/frame-ring.ts';

const CAPACITY_BYTES = 2_048;
const USABLE_BYTES = 1_536;

/** A ring that has carried `carried` bytes before, so that positions may wrap round soon. */
function smallRing(carried = 0, slots = 1): RingBlock {
  const block = createRingBlock(slots, USABLE_BYTES / 8);
  expect(block.capacityBytes).toBe(CAPACITY_BYTES);
  new Int32Array(block.memory, 0, (slots * 64) / 4).fill(carried);
  return block;
}

function openPair(block: RingBlock, slot = 0): { writer: RingWriter; reader: RingReader } {
  const writer = new RingWriter(block, slot);
  const reader = new RingReader(block, slot);
  writer.open(1);
  reader.follow();
  return { writer, reader };
}

/** Bytes that tell their place in the stream. */
function ramp(from: number, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (from + i) % 251);
}

describe('the frame ring', () => {
  it('gives every window as it was written, and counts what an overflow dropped as heard', () => {
    const write = fc.record({ write: fc.integer({ min: 0, max: 2_500 }) });
    const steps = fc.array(fc.oneof(write, fc.record({ read: fc.integer({ min: 1, max: 400 }) })));
    const carried = fc.oneof(fc.constant(0), fc.integer({ min: -5_000, max: -1 }), fc.integer());

    fc.assert(
      fc.property(carried, steps, (before, actions) => {
        const { writer, reader } = openPair(smallRing(before));
        let written = 0;
        let read = 0;
        for (const action of actions) {
          if ('write' in action) {
            writer.write(ramp(written, action.write));
            written += action.write;
            expect(writer.unreadBytes).toBe(written - read);
            continue;
          }

          const out = new Uint8Array(action.read);
          const outcome = reader.peek(out);
          const backlog = written - read;
          const expected = backlog < out.length ? 'short' : backlog > USABLE_BYTES ? 'overflow' : 'filled';
          expect(outcome).toBe(expected);
          if (outcome === 'overflow') read = written - out.length;
          if (outcome === 'filled') {
            expect(out).toEqual(ramp(read, out.length));
            reader.advance(out.length);
            read += out.length;
          }
          expect(reader.heardBytes).toBe(read);
        }
      }),
    );
  });

  it('keeps a call from the audio of the one before it in the slot', () => {
    const { writer, reader } = openPair(smallRing());
    const out = new Uint8Array(4);
    writer.write(ramp(0, 400));
    writer.close();
    writer.open(2);
    writer.write(ramp(100, 4));

    // The reader has not noticed yet, and must not take the new call's audio for the old one's.
    expect(reader.peek(out)).toBe('short');
    expect(reader.follow()).toBe(true);
    expect(reader.ticket).toBe(2);
    expect(reader.peek(out)).toBe('filled');
    expect(out).toEqual(ramp(100, 4));
    expect(reader.heardBytes).toBe(0);
  });

  it('lets a reader that takes over go on where the one before it had come', () => {
    const block = smallRing();
    const { writer, reader } = openPair(block);
    writer.noteSpeaking(true);
    writer.write(ramp(0, 600));
    reader.advance(200);

    const heir = new RingReader(block, 0);
    const out = new Uint8Array(100);
    expect(heir.follow()).toBe(true);
    expect(heir.speaking).toBe(true);
    expect(heir.heardBytes).toBe(200);
    expect(heir.peek(out)).toBe('filled');
    expect(out).toEqual(ramp(200, 100));
  });

  it('keeps the slots of a block apart', () => {
    const block = smallRing(0, 3);
    const pairs = [0, 1, 2].map(slot => openPair(block, slot));
    pairs.forEach(({ writer }, slot) => {
      writer.write(ramp(slot * 50, 1_500));
    });

    pairs.forEach(({ reader }, slot) => {
      const out = new Uint8Array(1_500);
      expect(reader.peek(out)).toBe('filled');
      expect(out).toEqual(ramp(slot * 50, 1_500));
    });
    expect(() => new RingWriter(block, 3)).toThrow('does not exist');
  });
});
