import { expect } from 'vitest';
import type { AudioTimeListener } from '../../../../../src/providers/embedded/voice-activity/silero.ts';

/** A listener that remembers, for tests that wait for what is said rather than for time. */
export class Edges implements AudioTimeListener {
  readonly all: { speaking: boolean; atMs: number }[] = [];
  #waiting: { count: number; resolve: () => void }[] = [];

  speechStarted(atMs: number): void {
    this.#note(true, atMs);
  }

  speechStopped(atMs: number): void {
    this.#note(false, atMs);
  }

  async until(count: number): Promise<void> {
    if (this.all.length >= count) return;
    await new Promise<void>(resolve => this.#waiting.push({ count, resolve }));
  }

  /** Exactly one start and one stop for each stretch of voice, where they belong in the audio. */
  expectVoice(...stretches: { fromMs: number; toMs: number }[]): void {
    expect(this.all.map(edge => edge.speaking)).toEqual(stretches.flatMap(() => [true, false]));
    stretches.forEach(({ fromMs, toMs }, i) => {
      const startDelayMs = this.all[2 * i]!.atMs - fromMs;
      const stopDelayMs = this.all[2 * i + 1]!.atMs - toMs;
      // Two windows and a third begun; the hang-over of seven, and the breath in which a voice fades.
      expect(startDelayMs).toBeGreaterThan(32);
      expect(startDelayMs).toBeLessThan(130);
      expect(stopDelayMs).toBeGreaterThan(160);
      expect(stopDelayMs).toBeLessThan(420);
    });
  }

  #note(speaking: boolean, atMs: number): void {
    this.all.push({ speaking, atMs });
    this.#waiting = this.#waiting.filter(({ count, resolve }) => {
      if (this.all.length < count) return true;
      resolve();
      return false;
    });
  }
}
