import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SimulatedClock } from '../../../runtime/clock.ts';
import { Pacer } from '../../../runtime/media/pacer.ts';
import { Playout } from '../../../runtime/media/playout.ts';
import type { CarrierSocket } from '../../../runtime/ports.ts';

const settings = { leadMs: 300, markEveryMs: 200, markGraceMs: 2_000, maxBufferedBytes: 1_000 };

type Sent = { atMs: number } & ({ media: Buffer } | { mark: string } | { clear: true });

/** A playout, the carrier's end of it, and what it told. */
class Rig implements CarrierSocket {
  readonly clock = new SimulatedClock();
  readonly sent: Sent[] = [];
  readonly told: string[] = [];
  bufferedBytes = 0;
  readonly playout: Playout;

  constructor(attached = true) {
    this.playout = new Playout(
      this.clock,
      new Pacer(this.clock),
      {
        firstFrame: turn => this.told.push(`firstFrame ${turn}`),
        firstMark: turn => this.told.push(`firstMark ${turn}`),
        finished: (turn, acknowledged) => this.told.push(`finished ${turn} ${acknowledged}`),
      },
      settings,
    );
    if (attached) this.playout.attach(this, 'MZ1');
  }

  send(text: string): 'sent' {
    const { media, mark, event } = JSON.parse(text);
    const atMs = this.clock.now();
    if (event === 'media') this.sent.push({ atMs, media: Buffer.from(media.payload, 'base64') });
    else if (event === 'mark') this.sent.push({ atMs, mark: mark.name });
    else this.sent.push({ atMs, clear: true });
    return 'sent';
  }

  close(): void {}

  get audio(): Buffer {
    return Buffer.concat(this.sent.flatMap(sent => ('media' in sent ? [sent.media] : [])));
  }

  get marks(): string[] {
    return this.sent.flatMap(sent => ('mark' in sent ? [sent.mark] : []));
  }

  /** Echoes every mark that is due: `heardBytes` of the turn were played. */
  echo(heardBytes: number): void {
    for (const mark of this.marks)
      if (Number(mark.split(':')[1]) <= heardBytes) this.playout.markEchoed(mark);
  }
}

/** Audio whose every byte tells its place. */
const tone = (bytes: number, from = 0) => Uint8Array.from({ length: bytes }, (_, i) => (from + i) % 251);

describe('playout', () => {
  it('sends all audio once, in order, never further ahead of its playing than the lead', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({ bytes: fc.integer({ min: 1, max: 4_000 }), thenMs: fc.integer({ min: 0, max: 400 }) }),
          {
            minLength: 1,
            maxLength: 12,
          },
        ),
        chunks => {
          const rig = new Rig();
          rig.playout.begin(1);
          let written = 0;
          for (const { bytes, thenMs } of chunks) {
            rig.playout.write(1, tone(bytes, written));
            written += bytes;
            rig.clock.advanceSync(thenMs);
          }
          rig.playout.end(1);
          rig.clock.advanceSync(10_000);
          expect(rig.audio.equals(Buffer.from(tone(written)))).toBe(true);

          let dryMs = 0;
          for (const sent of rig.sent) {
            if (!('media' in sent)) continue;
            expect(Math.max(dryMs, sent.atMs) - sent.atMs).toBeLessThan(settings.leadMs);
            dryMs = Math.max(dryMs, sent.atMs) + sent.media.length / 8;
          }
        },
      ),
      { numRuns: 100 },
    );
  });

  it('keeps the carrier from running dry while there is audio', () => {
    const rig = new Rig();
    rig.playout.begin(1);
    rig.playout.write(1, tone(16_000));
    rig.playout.end(1);
    rig.clock.advanceSync(5_000);
    let dryMs = 0;
    for (const sent of rig.sent) {
      if (!('media' in sent)) continue;
      expect(sent.atMs).toBeLessThanOrEqual(dryMs);
      dryMs += sent.media.length / 8;
    }
    expect(dryMs).toBe(2_000);
  });

  it('marks every 200 ms and the end, and finishes when the last mark comes back', () => {
    const rig = new Rig();
    rig.playout.begin(7);
    rig.playout.write(7, tone(4_000));
    rig.playout.end(7);
    rig.clock.advanceSync(500);
    expect(rig.marks).toEqual(['7:1600', '7:3200', '7:4000']);
    rig.echo(1_600);
    expect([rig.playout.heardBytes, rig.playout.isBusy]).toEqual([1_600, true]);
    rig.echo(4_000);
    expect(rig.told).toEqual(['firstFrame 7', 'firstMark 7', 'finished 7 true']);
    rig.clock.advanceSync(10_000);
    expect([rig.told.length, rig.clock.pending]).toEqual([3, 0]);
  });

  it('gives a missing last mark up after its grace, and says so', () => {
    const rig = new Rig();
    rig.playout.begin(1);
    rig.playout.write(1, tone(1_600));
    rig.playout.end(1);
    rig.clock.advanceSync(2_199);
    expect(rig.told).toEqual(['firstFrame 1']);
    rig.clock.advanceSync(1);
    expect(rig.told).toEqual(['firstFrame 1', 'finished 1 false']);
    rig.playout.markEchoed('1:1600');
    expect(rig.told).toHaveLength(2);
    expect(rig.playout.hasEndedUnheard).toBe(true);
    rig.playout.begin(4);
    expect(rig.playout.hasEndedUnheard).toBe(false);
  });

  it('finishes a turn without audio at once', () => {
    const rig = new Rig();
    rig.playout.begin(1);
    rig.playout.end(1);
    expect(rig.told).toEqual(['finished 1 true']);
  });

  it('clears the carrier when interrupted, sends nothing more, and believes no mark that was still out', () => {
    const rig = new Rig();
    rig.playout.begin(1);
    rig.playout.write(1, tone(8_000));
    rig.clock.advanceSync(500);
    rig.echo(1_600);
    expect(rig.playout.interrupt()).toEqual({ turn: 1, heardBytes: 1_600 });
    expect(rig.sent.at(-1)).toHaveProperty('clear');
    const { length } = rig.sent;
    rig.echo(8_000);
    rig.playout.write(1, tone(1_600));
    rig.playout.end(1);
    rig.clock.advanceSync(5_000);
    expect(rig.sent).toHaveLength(length);
    expect(rig.told).toEqual(['firstFrame 1', 'firstMark 1']);
    expect(rig.clock.pending).toBe(0);
  });

  it('sends no clear when the carrier holds nothing', () => {
    const rig = new Rig();
    rig.playout.begin(1);
    rig.playout.interrupt();
    expect(rig.sent).toEqual([]);
  });

  it('takes a late mark of an earlier turn for none of the next', () => {
    const rig = new Rig();
    rig.playout.begin(1);
    rig.playout.write(1, tone(1_600));
    rig.playout.interrupt();
    rig.playout.begin(2);
    rig.playout.write(2, tone(1_600));
    for (const name of ['1:1600', 'nonsense', '2:', ':', '2:99999x', '0:5']) rig.playout.markEchoed(name);
    expect(rig.playout.heardBytes).toBe(0);
    rig.playout.markEchoed('2:99999');
    expect(rig.playout.heardBytes).toBe(1_600);
  });

  it('waits while the socket is full, and goes on where it was', () => {
    const rig = new Rig();
    rig.bufferedBytes = 1_001;
    rig.playout.begin(1);
    rig.playout.write(1, tone(3_200));
    rig.clock.advanceSync(1_000);
    expect(rig.sent).toEqual([]);
    rig.bufferedBytes = 0;
    rig.playout.drained();
    rig.clock.advanceSync(1_000);
    expect(rig.audio.equals(Buffer.from(tone(3_200)))).toBe(true);
  });

  it('keeps audio for a carrier that comes later', () => {
    const rig = new Rig(false);
    rig.playout.begin(1);
    rig.playout.write(1, tone(1_600));
    rig.playout.end(1);
    rig.clock.advanceSync(5_000);
    expect(rig.told).toEqual([]);
    rig.playout.attach(rig, 'MZ2');
    expect(rig.audio.length).toBe(1_600);
    rig.echo(1_600);
    expect(rig.told.at(-1)).toBe('finished 1 true');
  });

  it.each([true, false])(
    'goes on at another node on the same stream: from what was acknowledged if that was cut off (%s), or else where it was',
    isCutOff => {
      const first = new Rig();
      first.playout.begin(1);
      first.playout.write(1, tone(8_000));
      first.playout.end(1);
      first.clock.advanceSync(500);
      first.echo(1_600);
      const frozen = first.playout.freeze();
      expect(frozen.sentBytes).toBeGreaterThan(4_800);
      first.playout.stop();

      const next = new Rig(false);
      next.playout.thaw(1, 'MZ1', frozen, 0);
      next.playout.attach(next, 'MZ1', isCutOff);
      // What the carrier held comes back at once when it is cleared.
      for (const mark of ['1:3200', '1:4800']) next.playout.markEchoed(mark);
      next.clock.advanceSync(1_000);
      expect(next.sent.filter(sent => 'clear' in sent)).toHaveLength(isCutOff ? 1 : 0);
      const from = isCutOff ? 1_600 : frozen.sentBytes;
      expect(next.audio.equals(Buffer.from(tone(8_000).subarray(from)))).toBe(true);
      expect(next.playout.heardBytes).toBe(isCutOff ? 1_600 : 4_800);

      const third = new Rig(false);
      third.playout.thaw(1, 'MZ1', next.playout.freeze(), 0);
      third.playout.attach(third, 'MZ1');
      for (const mark of next.marks) third.playout.markEchoed(mark);
      expect([third.audio.length, third.told.at(-1)]).toEqual([0, 'finished 1 true']);
    },
  );

  it('waited anew for an echo that never came, where the voice was let go while it waited', () => {
    const first = new Rig();
    first.playout.begin(1);
    first.playout.write(1, tone(1_600));
    first.playout.end(1);
    first.clock.advanceSync(1_200);
    const frozen = first.playout.freeze();
    const next = new Rig(false);
    next.playout.thaw(1, 'MZ1', frozen, 300);
    next.playout.attach(next, 'MZ1');
    next.clock.advanceSync(699);
    expect(next.told).toEqual([]);
    next.clock.advanceSync(1);
    expect(next.told).toEqual(['finished 1 false']);
  });

  it('clears nothing on a stream that was cut off when all that it was sent was heard', () => {
    const rig = new Rig();
    rig.playout.begin(1);
    rig.playout.write(1, tone(1_600));
    rig.echo(1_600);
    rig.playout.attach(rig, 'MZ1', true);
    rig.playout.write(1, tone(1_600, 1_600));
    rig.playout.end(1);
    rig.clock.advanceSync(1_000);
    expect(rig.sent.some(sent => 'clear' in sent)).toBe(false);
    expect(rig.audio.equals(Buffer.from(tone(3_200)))).toBe(true);
  });
});
