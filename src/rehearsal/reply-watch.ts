import type { LogEntry } from '../../runtime/journal.ts';
import type { SimulatedCall } from './simulated-call.ts';
import { MS_PER_LETTER } from './text-voice.ts';

/** Follows the agent's replies from the caller's side: when they begin, and how much of one has been heard. */
export class ReplyWatch {
  /** From the end of the caller's words or keys to the first sound after them. */
  answerMs: number | null = null;
  readonly #sim: SimulatedCall;
  /** A reply to what the caller did last is still to come. */
  #isAwaited = true;
  #turn = 0;
  /** What the caller had been played when the reply began. */
  #playedBeforeMs = 0;
  #sentences: string[] = [];

  constructor(sim: SimulatedCall) {
    this.#sim = sim;
    sim.call.log.listen(entry => this.#follow(entry));
  }

  /** The caller takes a turn: whatever the agent says from now on in a new turn is the reply. */
  expect(): void {
    this.#isAwaited = true;
    this.answerMs = null;
  }

  /** The agent is heard after what the caller did last. */
  get hasBegun(): boolean {
    return !this.#isAwaited;
  }

  /** Until so much of the reply has been heard; false when the agent falls silent before. */
  async untilHeard(much: { ms: number } | { words: number }): Promise<boolean> {
    const sim = this.#sim;
    for (;;) {
      const leftMs = this.#wantedMs(much) - this.#heardMs;
      if (leftMs <= 0) return true;
      if (sim.hasEnded || sim.state.startsWith('floor.listening')) return false;
      await sim.pass(Math.min(leftMs, sim.clock.untilNextMs ?? leftMs));
    }
  }

  get #heardMs(): number {
    return this.#sim.carrier.playedMs - this.#playedBeforeMs;
  }

  /** The text voice takes as long for each letter, so words can be counted in time. */
  #wantedMs(much: { ms: number } | { words: number }): number {
    if ('ms' in much) return much.ms;
    let words = much.words;
    let letters = 0;
    for (const sentence of this.#sentences) {
      for (const word of sentence.match(/\s*\S+/g) ?? []) {
        letters += word.length;
        if (--words === 0) return letters * MS_PER_LETTER;
      }
    }
    return Number.POSITIVE_INFINITY;
  }

  #follow(entry: LogEntry): void {
    if (entry.kind !== 'note') return;
    const { note } = entry;
    if (note.type === 'reply.sentence') {
      if (note.turn !== this.#turn) this.#sentences = [];
      this.#turn = note.turn;
      this.#sentences[note.index] = note.text;
    }
    if (note.type !== 'voice.firstFrame') return;
    this.#playedBeforeMs = this.#sim.carrier.playedMs;
    if (!this.#isAwaited) return;
    this.#isAwaited = false;
    const { finishedMs } = this.#sim.caller;
    this.answerMs = this.#sim.clock.now() - (finishedMs ?? this.#sim.clock.now());
  }
}
