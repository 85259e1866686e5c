import { describe, expect, it } from 'vitest';
import type { TurnTaking } from '../../../machines/turn-taking.ts';
import { SimulatedClock } from '../../../runtime/clock.ts';
import { Ear, type Heard } from '../../../runtime/media/ear.ts';
import { MU_LAW_SILENCE } from '../../../runtime/media/mulaw.ts';
import type { RecognitionListener, VoiceActivityListener } from '../../../runtime/ports.ts';

const attentive: TurnTaking = {
  minSpeechMs: 0,
  completePauseMs: 200,
  incompletePauseMs: 700,
  eagerPauseMs: 60,
};
const talking: TurnTaking = { ...attentive, minSpeechMs: 200 };

/** An ear whose detector and recogniser say what the test tells them to. */
class Rig {
  readonly clock = new SimulatedClock();
  readonly told: string[] = [];
  /** Of each utterance, how much voice was measured; null where none was. */
  readonly voiceMs: (number | null)[] = [];
  readonly asked: number[] = [];
  readonly recognisers: RecognitionListener[] = [];
  readonly ear: Ear;
  detector!: VoiceActivityListener;
  /** What the recogniser answers when it is asked to finish; null leaves it silent. */
  final: string | null = null;

  constructor(turnTaking: TurnTaking = attentive, detectsTurns = false) {
    this.ear = new Ear({
      clock: this.clock,
      turnTaking,
      utterances: 0,
      tell: heard => this.told.push(`${this.clock.now()} ${describeHeard(heard)}`),
      noteEndpoint: (_, __, audio) => this.voiceMs.push(audio?.voiceMs ?? null),
      recognitionOptions: { callId: 'call-1', language: 'en-US', phrases: [] },
      voiceActivity: {
        name: 'test',
        open: listener => {
          this.detector = listener;
          return { write() {}, close() {} };
        },
        async close() {},
      },
      recognition: {
        name: 'test',
        detectsTurns,
        open: (_, listener) => {
          this.recognisers.push(listener);
          const finish = () => {
            this.asked.push(this.clock.now());
            if (this.final !== null) listener.final(this.final, 0.8);
          };
          return { write() {}, speechStarted() {}, speechStopped() {}, finish, expect() {}, close() {} };
        },
        async close() {},
      },
    });
  }

  get recogniser(): RecognitionListener {
    return this.recognisers.at(-1)!;
  }

  /** Speaks for `ms`, with these words so far. */
  voice(ms: number, words = '', complete = false): this {
    this.detector.speechStarted();
    if (words) this.recogniser.partial(words, complete);
    this.clock.advanceSync(ms);
    this.detector.speechStopped();
    return this;
  }

  /** Sounds for `ms`: voices and the silence after them are measured, not the words. */
  sound(ms: number, code = 0x20): this {
    for (let at = 0; at < ms; at += 20) this.ear.write(new Uint8Array(160).fill(code));
    return this;
  }

  /** Speaks for `ms`, with a sound. */
  call(ms: number): this {
    this.detector.speechStarted();
    this.sound(ms);
    // The detector stops within the frame that makes its hang-over whole.
    this.sound(180, MU_LAW_SILENCE);
    this.detector.speechStopped();
    return this.sound(400, MU_LAW_SILENCE);
  }

  pass(ms: number): this {
    this.clock.advanceSync(ms);
    return this;
  }
}

function describeHeard(heard: Heard): string {
  if (heard.type === 'caller.finished') return `finished ${heard.utterance} ${heard.by} ${heard.text}`;
  if (heard.type === 'caller.mayHaveFinished') return `mayHaveFinished ${heard.text}`;
  return heard.type.replace('caller.', '');
}

describe('the end of a turn', () => {
  it.each([
    { words: 'yes', complete: true, factor: 'normal' as const, endsAtMs: 500 + 200 },
    { words: 'my number', complete: false, factor: 'normal' as const, endsAtMs: 500 + 700 },
    { words: 'one two', complete: true, factor: 'digits' as const, endsAtMs: 500 + 320 },
    { words: 'one two', complete: false, factor: 'digits' as const, endsAtMs: 500 + 1_120 },
    { words: 'well', complete: false, factor: 'patient' as const, endsAtMs: 500 + 1_750 },
  ])('comes $endsAtMs ms after the first sound of "$words" where listening is $factor', turn => {
    const rig = new Rig();
    rig.final = turn.words;
    rig.ear.expect([], turn.factor);
    rig.voice(500, turn.words, turn.complete).pass(5_000);
    expect(rig.told.at(-1)).toBe(`${turn.endsAtMs} finished 1 voice ${turn.words}`);
    expect(rig.told.filter(told => told.includes('finished 1'))).toHaveLength(1);
  });

  it('comes later when the words turn out to be unfinished, sooner when they turn out whole', () => {
    const rig = new Rig();
    rig.final = 'x';
    rig.voice(500, 'one', true).pass(100);
    rig.recogniser.partial('one two', false);
    rig.pass(599);
    expect(rig.asked).toEqual([]);
    rig.pass(1);
    expect(rig.asked).toEqual([1_200]);

    rig.voice(500, 'one', false).pass(300);
    rig.recogniser.partial('one two', true);
    rig.pass(0);
    expect(rig.asked).toEqual([1_200, 2_000]);
  });

  it('is put off by a new sound, and a guess is taken back', () => {
    const rig = new Rig();
    rig.final = 'goodbye i mean help';
    rig.voice(300, 'goodbye', true).pass(100).voice(300, 'goodbye i mean help', true).pass(1_000);
    expect(rig.told).toEqual([
      '0 spoke',
      '300 paused',
      '360 mayHaveFinished goodbye',
      '400 wentOn',
      '400 spoke',
      '700 paused',
      '760 mayHaveFinished goodbye i mean help',
      '900 finished 1 voice goodbye i mean help',
    ]);
  });

  it('is the recogniser’s to tell where it detects turns', () => {
    const rig = new Rig(attentive, true);
    rig.voice(300, 'goodbye').pass(5_000);
    rig.recogniser.turnMayHaveEnded?.('goodbye');
    rig.recogniser.turnResumed?.();
    rig.recogniser.turnMayHaveEnded?.('goodbye now');
    rig.recogniser.turnMayHaveEnded?.('goodbye now');
    rig.recogniser.final('goodbye now', 0.7);
    rig.recogniser.turnEnded?.();
    expect(rig.told.map(told => told.replace(/^\d+ /, ''))).toEqual([
      'spoke',
      'paused',
      'mayHaveFinished goodbye',
      'wentOn',
      'mayHaveFinished goodbye now',
      'finished 1 voice goodbye now',
    ]);
  });

  it('comes without words when the recogniser owes them for two seconds, and the words follow when they come', () => {
    const rig = new Rig();
    rig.voice(300, 'yes', true).pass(2_200);
    expect(rig.told.at(-1)).toBe('2500 unclear');
    rig.recogniser.final('yes', 0.9);
    expect(rig.told.at(-1)).toBe('2500 finished 1 voice yes');
  });

  it('is unclear when there was a voice and no word', () => {
    const rig = new Rig();
    rig.final = '';
    rig.voice(300).pass(1_000);
    expect(rig.told).toEqual(['0 spoke', '300 paused', '1000 unclear']);
  });

  it('comes for both when the caller speaks again while the words before are being made out', () => {
    const rig = new Rig();
    rig.voice(300, 'yes', true).pass(250);
    expect(rig.asked).toEqual([500]);
    rig.voice(200);
    rig.recogniser.final('yes', 0.9);
    rig.final = 'please';
    rig.pass(2_000);
    expect(rig.told.slice(-2)).toEqual(['750 finished 1 voice yes', '1450 finished 2 voice please']);
  });
});

describe('a voice where the agent talks', () => {
  it('counts once it has lasted', () => {
    const rig = new Rig(talking);
    rig.voice(199).pass(3_000);
    expect(rig.told).toEqual([]);
    rig.voice(200).pass(10);
    expect(rig.told[0]).toBe('3399 spoke');
  });

  it('counts at its end, however short, when it held words', () => {
    const rig = new Rig(talking);
    rig.final = 'stop';
    rig.voice(150, 'stop', true).pass(1_000);
    expect(rig.told).toEqual(['350 finished 1 voice stop']);
  });

  it('is announced again to whoever has the floor next, while it lasts', () => {
    const rig = new Rig(talking);
    rig.detector.speechStarted();
    rig.pass(300).ear.announceAgain();
    rig.detector.speechStopped();
    rig.ear.announceAgain();
    expect(rig.told).toEqual(['200 spoke', '300 spoke', '300 paused']);
  });
});

describe('keys', () => {
  it('make one number until there is a pause of two seconds', () => {
    const rig = new Rig();
    for (const digit of '10*4') {
      rig.ear.key(digit);
      rig.pass(1_999);
    }
    rig.pass(1);
    expect(rig.told.at(-1)).toBe('7997 finished 1 keypad 10*4');
  });

  it('are a number at once with #, and # alone is none', () => {
    const rig = new Rig();
    for (const digit of '12##') rig.ear.key(digit);
    rig.pass(5_000);
    expect(rig.told).toEqual(['0 keyed', '0 keyed', '0 keyed', '0 finished 1 keypad 12', '0 keyed']);
  });
});

describe('typed words', () => {
  it('cut in as a voice does and are whole at once, whatever is being said meanwhile', () => {
    const rig = new Rig();
    rig.final = 'yes';
    rig.voice(300, 'yes', true).pass(100);
    rig.ear.type('where is my order');
    rig.pass(1_000);
    expect(rig.told).toEqual([
      '0 spoke',
      '300 paused',
      '360 mayHaveFinished yes',
      '400 spoke',
      '400 finished 1 text where is my order',
      '500 finished 2 voice yes',
    ]);
  });
});

describe('the end of the call', () => {
  it('asks for the last words at once', () => {
    const rig = new Rig();
    rig.final = 'and another thing';
    rig.ear.key('7');
    rig.detector.speechStarted();
    rig.ear.flush();
    expect(rig.told.slice(-3)).toEqual([
      '0 finished 1 keypad 7',
      '0 finished 2 voice and another thing',
      '0 spoke',
    ]);
  });

  it('is deaf once closed', () => {
    const rig = new Rig();
    rig.voice(300, 'yes', true);
    rig.ear.close();
    const { length } = rig.told;
    rig.recogniser.final('yes', 1);
    rig.recogniser.failed(new Error('late'));
    rig.detector.speechStarted();
    rig.pass(5_000);
    expect([rig.told.length, rig.clock.pending, rig.recognisers.length]).toEqual([length, 0, 1]);
  });
});

describe('a recogniser that fails', () => {
  it('is replaced three times in a row, and then owned up to', () => {
    const rig = new Rig();
    for (let i = 0; i < 4; i++) rig.recogniser.failed(new Error('gone'));
    expect(rig.recognisers).toHaveLength(4);
    expect(rig.told).toEqual(['0 hearing.failed']);
  });

  it('may fail again once it has worked', () => {
    const rig = new Rig();
    for (let i = 0; i < 10; i++) {
      rig.recogniser.failed(new Error('gone'));
      rig.recogniser.final('', 1);
    }
    expect(rig.told).toEqual([]);
  });
});

describe('how well an utterance was heard', () => {
  it('is measured from its beginning to its end, and of voices alone', () => {
    const rig = new Rig();
    rig.final = 'one';
    rig.call(600).pass(1_000);
    rig.final = 'two';
    rig.call(300).pass(1_000);
    rig.ear.key('7');
    rig.pass(2_000);
    expect(rig.voiceMs).toEqual([600, 300, null]);
  });

  it('is known of words that come too late, and not mixed with a cough before them', () => {
    const rig = new Rig();
    rig.call(900).pass(4_000);
    expect(rig.told.at(-1)).toMatch(/unclear$/);
    rig.call(400).pass(4_000);
    rig.recogniser.final('better late', 0.9);
    expect(rig.voiceMs).toEqual([400]);
  });
});
