import type { Listening } from '../../machines/flow.ts';
import { pauseFactor, type TurnTaking } from '../../machines/turn-taking.ts';
import type { Clock, TimerHandle } from '../clock.ts';
import type {
  Recognition,
  RecognitionListener,
  RecognitionOptions,
  RecognitionStream,
  VoiceActivity,
  VoiceActivityStream,
} from '../ports.ts';
import { type AudioMeasure, AudioMeter } from './audio-quality.ts';

type SaidBy = 'voice' | 'keypad' | 'text';

/** What the ear tells the call. */
export type Heard =
  | { type: 'caller.spoke' }
  | { type: 'caller.paused' }
  | { type: 'caller.keyed'; digit: string }
  | { type: 'caller.mayHaveFinished'; text: string }
  | { type: 'caller.wentOn' }
  | { type: 'caller.finished'; utterance: number; text: string; confidence: number; by: SaidBy }
  | { type: 'caller.unclear' }
  | { type: 'hearing.failed'; error: string };

export interface EarOptions {
  clock: Clock;
  voiceActivity: VoiceActivity;
  recognition: Recognition;
  recognitionOptions: RecognitionOptions;
  turnTaking: TurnTaking;
  /** Utterances already known, when a call is restored. */
  utterances: number;
  tell(heard: Heard): void;
  /** How long the caller's voice had been gone when the turn was taken to be over, and how well it was heard. */
  noteEndpoint(utterance: number, sinceMs: number, audio: AudioMeasure | null): void;
}

/** Keys pressed within this time belong to one number. */
const KEYPAD_PAUSE_MS = 2_000;
/** The recogniser owes the final text this soon after it was asked. */
const FINAL_TIMEOUT_MS = 2_000;
/** Streams that may be replaced in a row before the call is told. */
const MAX_REPLACEMENTS = 3;

/**
 * Turns the caller's audio into turns: voice activity says when there is a voice, the recogniser says which words, and
 * the floor's turn-taking says how long a pause must be to mean the end.
 */
export class Ear implements RecognitionListener {
  readonly #options: EarOptions;
  readonly #clock: Clock;
  readonly #tell: (heard: Heard) => void;
  readonly #voice: VoiceActivityStream;
  readonly #meter = new AudioMeter();
  #recogniser: RecognitionStream;
  #replacements = 0;
  #phrases: readonly string[];

  #turnTaking: TurnTaking;
  #pauseFactor = 1;
  #utterances: number;
  #isOpen = true;

  /** There is a voice now. */
  #hasVoice = false;
  /** The chart knows of it. */
  #announced = false;
  /** Voice was heard since the last end of turn. */
  #inUtterance = false;
  #finishing = false;
  /** A voice came while the recogniser was asked for the words before it. */
  #spokeWhileFinishing = false;
  #speculated = false;
  #partial = '';
  #isComplete = false;
  #finals: string[] = [];
  #confidence = 1;
  #voiceStoppedAtMs = 0;
  #confirmTimer: TimerHandle | null = null;
  #pauseTimer: TimerHandle | null = null;
  #eagerTimer: TimerHandle | null = null;
  #keyTimer: TimerHandle | null = null;
  #keys = '';
  #lastKeyMs = 0;
  /** Called when a requested end of turn has been told. */
  onSettled: (() => void) | null = null;

  constructor(options: EarOptions) {
    this.#options = options;
    this.#clock = options.clock;
    this.#tell = options.tell;
    this.#turnTaking = options.turnTaking;
    this.#utterances = options.utterances;
    this.#phrases = options.recognitionOptions.phrases;
    this.#recogniser = this.#openRecogniser();
    this.#voice = options.voiceActivity.open({
      speechStarted: () => this.#speechStarted(),
      speechStopped: () => this.#speechStopped(),
    });
  }

  /** The latest utterance's number. */
  get utterances(): number {
    return this.#utterances;
  }

  /** Nothing of the caller's is under way here: no voice, no words that are not final, no keys. */
  get isQuiet(): boolean {
    if (this.#hasVoice || this.#finishing || this.#speculated || this.#keys) return false;
    if (this.#finals.length > 0) return false;
    // A recogniser that ends turns by itself may never end one that was only a cough.
    return this.#detectsTurns ? this.#partial === '' : !this.#inUtterance;
  }

  write(audio: Uint8Array): void {
    this.#voice.write(audio);
    this.#meter.write(audio, this.#hasVoice);
    this.#recogniser.write(audio);
  }

  takeTurns(turnTaking: TurnTaking): void {
    this.#turnTaking = turnTaking;
  }

  /** Tells once more of a voice that is there now. */
  announceAgain(): void {
    if (this.#hasVoice && this.#announced) this.#tell({ type: 'caller.spoke' });
  }

  expect(phrases: readonly string[], listen: Listening): void {
    this.#phrases = phrases;
    this.#pauseFactor = pauseFactor[listen];
    this.#recogniser.expect(phrases);
  }

  /** A key on the caller's phone. `#` ends the number. */
  key(digit: string): void {
    this.#tell({ type: 'caller.keyed', digit });
    this.#lastKeyMs = this.#clock.now();
    this.#keyTimer = this.#cancel(this.#keyTimer);
    if (digit !== '#') this.#keys += digit;
    if (digit === '#') this.#keysFinished();
    else this.#keyTimer = this.#clock.setTimeout(() => this.#keysFinished(), KEYPAD_PAUSE_MS);
  }

  /** Words typed instead of spoken: they cut in as a voice does, and are whole at once. */
  type(text: string): void {
    this.#tell({ type: 'caller.spoke' });
    this.#finish(text, 1, 'text');
  }

  /** Asks at once for what has been heard so far: the call is ending. Returns whether anything is to come. */
  flush(): boolean {
    if (this.#keys) this.#keysFinished();
    if (this.#inUtterance && !this.#finishing) this.#finishUtterance();
    return this.#finishing;
  }

  close(): void {
    this.#isOpen = false;
    this.#cancelTimers();
    this.#keyTimer = this.#cancel(this.#keyTimer);
    this.#voice.close();
    this.#recogniser.close();
  }

  // From the recogniser.

  partial(text: string, complete: boolean): void {
    if (!this.#inUtterance && !this.#detectsTurns) return;
    this.#partial = text;
    const changed = this.#isComplete !== complete;
    this.#isComplete = complete;
    if (!this.#hasVoice && this.#inUtterance && changed) this.#armPause();
  }

  final(text: string, confidence: number): void {
    if (text) {
      this.#finals.push(text);
      this.#confidence = Math.min(this.#confidence, confidence);
    }
    this.#replacements = 0;
    const isLate = !this.#inUtterance && !this.#detectsTurns;
    if (this.#finishing || (isLate && text)) this.#utteranceFinished();
  }

  turnMayHaveEnded(text: string): void {
    this.#speculate(text);
  }

  turnResumed(): void {
    this.#withdrawSpeculation();
  }

  turnEnded(): void {
    this.#utteranceFinished();
  }

  failed(error: Error): void {
    if (!this.#isOpen) return;
    if (this.#replacements >= MAX_REPLACEMENTS) {
      this.#tell({ type: 'hearing.failed', error: error.message });
      return;
    }
    this.#replacements++;
    this.#recogniser = this.#openRecogniser();
    if (this.#hasVoice) this.#recogniser.speechStarted();
    if (this.#finishing) this.#utteranceFinished();
  }

  get #detectsTurns(): boolean {
    return this.#recogniser.detectsTurns ?? this.#options.recognition.detectsTurns;
  }

  #openRecogniser(): RecognitionStream {
    return this.#options.recognition.open(
      { ...this.#options.recognitionOptions, phrases: this.#phrases },
      this,
    );
  }

  // From voice activity.

  #speechStarted(): void {
    if (!this.#isOpen) return;
    this.#hasVoice = true;
    this.#pauseTimer = this.#cancel(this.#pauseTimer);
    this.#eagerTimer = this.#cancel(this.#eagerTimer);
    this.#withdrawSpeculation();
    // Words may still come of a voice that was unclear, but not of the one before this.
    if (!this.#inUtterance) this.#meter.forget();
    if (this.#finishing) this.#spokeWhileFinishing = true;
    else this.#inUtterance = true;
    this.#recogniser.speechStarted();

    if (this.#turnTaking.minSpeechMs === 0) this.#announce();
    else this.#confirmTimer = this.#clock.setTimeout(() => this.#announce(), this.#turnTaking.minSpeechMs);
  }

  #speechStopped(): void {
    if (!this.#isOpen) return;
    this.#hasVoice = false;
    this.#voiceStoppedAtMs = this.#clock.now();
    this.#confirmTimer = this.#cancel(this.#confirmTimer);
    this.#recogniser.speechStopped();
    if (this.#announced) this.#tell({ type: 'caller.paused' });
    if (this.#inUtterance) this.#armPause();
  }

  #announce(): void {
    this.#confirmTimer = null;
    this.#announced = true;
    this.#tell({ type: 'caller.spoke' });
  }

  // The end of a turn.

  #armPause(): void {
    if (this.#detectsTurns || this.#finishing) return;
    this.#pauseTimer = this.#cancel(this.#pauseTimer);
    this.#eagerTimer = this.#cancel(this.#eagerTimer);

    const { completePauseMs, incompletePauseMs, eagerPauseMs } = this.#turnTaking;
    const pauseMs = (this.#isComplete ? completePauseMs : incompletePauseMs) * this.#pauseFactor;
    const sinceMs = this.#clock.now() - this.#voiceStoppedAtMs;
    this.#pauseTimer = this.#clock.setTimeout(() => this.#finishUtterance(), Math.max(0, pauseMs - sinceMs));
    if (this.#isComplete && eagerPauseMs > 0 && eagerPauseMs < pauseMs)
      this.#eagerTimer = this.#clock.setTimeout(
        () => this.#speculate(this.#partial),
        Math.max(0, eagerPauseMs - sinceMs),
      );
  }

  #speculate(text: string): void {
    this.#eagerTimer = null;
    if (this.#speculated || !text || !this.#announced) return;
    // Who is badly heard may be asked to repeat it.
    if (this.#meter.measure().class === 'low') return;
    this.#speculated = true;
    this.#tell({ type: 'caller.mayHaveFinished', text });
  }

  #withdrawSpeculation(): void {
    if (!this.#speculated) return;
    this.#speculated = false;
    this.#tell({ type: 'caller.wentOn' });
  }

  #finishUtterance(): void {
    this.#finishing = true;
    this.#pauseTimer = this.#cancel(this.#pauseTimer);
    this.#eagerTimer = this.#cancel(this.#eagerTimer);
    this.#pauseTimer = this.#clock.setTimeout(() => this.#utteranceFinished(), FINAL_TIMEOUT_MS);
    this.#recogniser.finish();
  }

  #utteranceFinished(): void {
    if (!this.#isOpen) return;
    const text = this.#finals.join(' ');
    const confidence = this.#confidence;
    const announced = this.#announced;
    this.#cancelTimers();
    this.#finals = [];
    this.#partial = '';
    this.#isComplete = false;
    this.#confidence = 1;
    this.#finishing = false;
    this.#speculated = false;
    // A voice that is there already, or was meanwhile, belongs to the next utterance.
    this.#inUtterance = this.#hasVoice || this.#spokeWhileFinishing;
    this.#spokeWhileFinishing = false;
    this.#announced = false;

    if (text) this.#finish(text, confidence, 'voice');
    else if (announced) this.#tell({ type: 'caller.unclear' });
    if (this.#hasVoice) this.#announce();
    else if (this.#inUtterance) this.#armPause();
    this.onSettled?.();
  }

  #keysFinished(): void {
    this.#keyTimer = this.#cancel(this.#keyTimer);
    const keys = this.#keys;
    this.#keys = '';
    if (keys) this.#finish(keys, 1, 'keypad');
  }

  #finish(text: string, confidence: number, by: SaidBy): void {
    const utterance = ++this.#utterances;
    const lastSignMs = { voice: this.#voiceStoppedAtMs, keypad: this.#lastKeyMs, text: this.#clock.now() }[
      by
    ];
    const audio = by === 'voice' ? this.#meter.measure() : null;
    if (audio) this.#meter.forget();
    this.#options.noteEndpoint(utterance, this.#clock.now() - lastSignMs, audio);
    this.#tell({ type: 'caller.finished', utterance, text, confidence, by });
  }

  #cancelTimers(): void {
    this.#confirmTimer = this.#cancel(this.#confirmTimer);
    this.#pauseTimer = this.#cancel(this.#pauseTimer);
    this.#eagerTimer = this.#cancel(this.#eagerTimer);
  }

  #cancel(timer: TimerHandle | null): null {
    if (timer !== null) this.#clock.clearTimeout(timer);
    return null;
  }
}
