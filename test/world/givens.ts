import type { SimulatedClock } from '../../runtime/clock.ts';
import type { BackOfficeOptions, ToolFate } from './back-office.ts';
import type { Chance } from './chance.ts';
import { drawTrouble, type FaultClass, toolFaults } from './faults.ts';
import type { Part, PartsWorld } from './parts.ts';
import type { Watches } from './watches.ts';

export interface GivensOptions {
  clock: SimulatedClock;
  chance: Chance;
  faults: ReadonlySet<FaultClass>;
  watches: Watches;
  /** A tool works for the call. */
  toolBegan(callSid: string): void;
}

const latencies: Record<Part, number> = { model: 300, voice: 120, recognition: 120 };
const TOOL_MS = 400;
const TOOL_TROUBLE = 0.2;

/** What providers and tools do to each call, wherever it is: decided by the call's own chance, so that it moves with it. */
export class Givens {
  readonly parts: PartsWorld;
  readonly office: BackOfficeOptions;
  readonly #options: GivensOptions;
  readonly #chances = new Map<string, Chance>();

  constructor(options: GivensOptions) {
    this.#options = options;
    const { watches, clock } = options;
    this.parts = {
      trouble: (callId, part) => this.#trouble(callId, part),
      latencyMs: (callId, part) => this.#chanceOf(callId, part).latency(latencies[part]),
      spoken: (callId, text, bytes, speaker) => watches.of(callId).spoken(text, bytes, speaker),
    };
    this.office = {
      clock,
      fate: callId => this.#toolFate(callId),
      placed: (callId, item) => watches.of(callId).orders.place(item),
      began: callId => options.toolBegan(watches.of(callId).callSid),
    };
  }

  #trouble(callId: string, part: Part) {
    const { watches, faults } = this.#options;
    const drawn = drawTrouble(part, faults, this.#chanceOf(callId, part));
    if (!drawn) return null;
    const watch = watches.of(callId);
    watch.struck(drawn.fault);
    // Words cannot break a silence that the voice makes.
    if (part === 'voice') watch.silence.lost();
    return drawn.trouble;
  }

  #toolFate(callId: string): ToolFate {
    const { faults, watches } = this.#options;
    const chance = this.#chanceOf(callId, 'tool');
    const usual = { afterMs: chance.latency(TOOL_MS), does: true, tells: true };
    if (!chance.happens(TOOL_TROUBLE)) return usual;
    const fault = chance.pick(toolFaults);
    if (!faults.has(fault)) return usual;
    watches.of(callId).struck(fault);
    switch (fault) {
      case 'toolFails':
        return { ...usual, does: false };
      case 'toolAnswerLost':
        return { ...usual, tells: false };
      case 'toolSlow':
        return { ...usual, afterMs: chance.between(1_500, 5_000) };
      case 'toolTooSlow':
        return { ...usual, afterMs: chance.between(6_500, 12_000) };
    }
  }

  #chanceOf(callId: string, what: string): Chance {
    const key = `${this.#options.watches.of(callId).callSid} ${what}`;
    const chance = this.#chances.get(key) ?? this.#options.chance.of(key);
    this.#chances.set(key, chance);
    return chance;
  }
}
