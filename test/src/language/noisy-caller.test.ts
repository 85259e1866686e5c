import { expect, test } from 'vitest';
import { SimulatedClock } from '../../../runtime/clock.ts';
import { openEnergyVoiceActivity } from '../../../runtime/media/energy-voice-activity.ts';
import type { Recognition } from '../../../runtime/ports.ts';
import { withFlowGate } from '../../../src/language/quality-gate.ts';
import { openNavigator } from '../../../src/providers/embedded/navigator/navigator.ts';
import {
  type Clip,
  conversationOf,
  onLine,
  pink,
  recordedClips,
  type Sound,
  samplesOf,
} from '../../harness/line-sounds.ts';
import { SimCall } from '../../harness/sim-call.ts';

const FRAME_MS = 20;
const FRAME = 160;
const BEHIND_MS = 6_000;
const navigator = openNavigator({ clock: new SimulatedClock(), firstWordDelayMs: 0, wordDelayMs: 0 });
const [person] = recordedClips() as [Clip];

/** One who gives one text after the other, as sure of each as it says. */
function recogniserOf(finals: readonly { text: string; confidence: number }[]): Recognition {
  const rest = [...finals];
  return {
    name: 'scripted',
    detectsTurns: false,
    open: (_, listener) => ({
      write() {},
      speechStarted() {},
      speechStopped() {},
      finish() {
        const { text, confidence } = rest.shift() ?? { text: '', confidence: 0 };
        listener.final(text, confidence);
      },
      expect() {},
      close() {},
    }),
    close: async () => {},
  };
}

/** A whole call with real sound: a person speaks before a background that is there all the time. */
class NoisyCall extends SimCall {
  readonly #noiseDbov: number;
  readonly #background: Uint8Array;
  #frames: Uint8Array[] = [];
  #at = 0;

  constructor(noiseDbov: number, finals: readonly { text: string; confidence: number }[]) {
    super({
      providers: {
        voiceActivity: openEnergyVoiceActivity(),
        recognition: recogniserOf(finals),
        model: withFlowGate(navigator),
      },
    });
    this.#noiseDbov = noiseDbov;
    this.#background = onLine(pink(BEHIND_MS, noiseDbov));
    this.#hearOn();
  }

  /** At the usual level of telephones. */
  async speak(): Promise<void> {
    const { sound, utterances } = conversationOf([person]);
    const { from, to } = utterances[0]!;
    const voice: Sound = sound.slice(from * 80, to * 80);
    const audio = onLine(voice, pink(voice.length / 8, this.#noiseDbov, 7));
    for (let at = 0; at + FRAME <= audio.length; at += FRAME)
      this.#frames.push(audio.subarray(at, at + FRAME));
    await this.until(() => this.#frames.length === 0, 'the caller to have spoken');
    await this.until(() => this.state.startsWith('floor.replying') || this.hasEnded, 'an answer');
    await this.untilListening();
  }

  #hearOn(): void {
    if (this.hasEnded) return;
    this.#at = (this.#at + FRAME) % samplesOf(BEHIND_MS);
    this.carrier.hear(
      Buffer.from(this.#frames.shift() ?? this.#background.subarray(this.#at, this.#at + FRAME)),
    );
    this.clock.setTimeout(() => this.#hearOn(), FRAME_MS);
  }
}

/** What a recogniser made of "go forward ten meters" for all it knew, and what the caller said next. */
const finals = [
  { text: 'goodbye', confidence: 0.72 },
  { text: 'my order number is one zero two four', confidence: 0.95 },
];

test('A caller in noise is asked to repeat rather than misheard', async () => {
  const noisy = new NoisyCall(-31, finals);
  await noisy.untilListening();
  await noisy.speak();
  const [first] = noisy.call.record.turns().filter(({ caller }) => caller !== null);
  expect(first?.caller).toMatchObject({ text: 'goodbye', confidence: 0.72 });
  expect(first?.agent.heard).toMatch(/^Sorry, I didn't catch that\./);
  expect(first?.explanations.join()).toMatch(
    /^The caller is asked to repeat and no model is asked, because the line is bad \(confidence 0\.72; voice -2\d dBov, [3-7] dB above the noise\)\.$/,
  );

  // The recogniser is sure of it now, and is believed in the same noise.
  await noisy.speak();
  expect(noisy.call.flowState).toBe('takingNumber.confirming');
  const endpoints = noisy.journal.entries.flatMap(entry =>
    entry.kind === 'note' && entry.note.type === 'endpoint' ? [entry.note] : [],
  );
  expect(endpoints.map(({ audio }) => audio?.class)).toEqual(['low', 'low']);
  noisy.carrier.hangUp();
  await noisy.over();
});

test('The same words on a quiet line are taken for what they are', async () => {
  const quiet = new NoisyCall(-55, finals);
  await quiet.untilListening();
  await quiet.speak();
  const summary = await quiet.over();
  const [first] = summary.turns.filter(({ caller }) => caller !== null);
  expect(first?.agent.heard).not.toMatch(/^Sorry/);
  expect(summary.outcome).toBe('completed');
});
