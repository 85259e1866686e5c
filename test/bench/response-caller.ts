import type { Call } from '../../runtime/call.ts';
import { systemClock as clock } from '../../runtime/clock.ts';
import { stateName } from '../../src/call-views.ts';
import { SimCarrier } from '../harness/sim-call.ts';
import { SILENCE, speak } from '../harness/spoken-text.ts';

const FRAME_MS = 20;
/** From the agent's last sound to the caller's answer. */
const REACTION_FRAMES = 5;

/** What a caller says, and how long it takes the agent to answer. */
export interface CallerOptions {
  turns: number;
  /** From one voiced frame to the next, where the caller rests within the nth turn; null: says it in one breath. */
  restMs(turn: number): number | null;
  /** From the last frame with a voice, handed to the server, to the first frame of the answer at the socket. */
  answered(turn: number, ms: number): void;
  /** The agent spoke before the caller had finished: the turn counts for nothing. */
  spoiled(turn: number): void;
}

/** One caller in this process, on the system's clock: sends a frame every 20 ms and takes the time of the answers. */
export class ResponseCaller {
  readonly carrier = new SimCarrier(clock);
  readonly done: Promise<void>;
  readonly #options: CallerOptions;
  #finish: () => void = () => {};
  #speech: Buffer[] = [];
  #turn = 0;
  #restFrames = 0;
  #speaking = false;
  #finishedMs: number | null = null;
  #timer: NodeJS.Timeout | null = null;

  constructor(options: CallerOptions) {
    this.#options = options;
    this.done = new Promise(resolve => {
      this.#finish = resolve;
    });
    const send = this.carrier.send.bind(this.carrier);
    this.carrier.send = text => {
      if (text.includes('"media"')) this.#hear();
      // The harness keeps all frames, for assertions; nobody asks here.
      this.carrier.frames.length = 0;
      return send(text);
    };
  }

  begin(call: Call): void {
    this.carrier.connect(call);
    let dueMs = clock.now();
    const tick = () => {
      this.#tick(call);
      dueMs += FRAME_MS;
      this.#timer = setTimeout(tick, dueMs - clock.now());
    };
    tick();
  }

  stop(): void {
    if (this.#timer) clearTimeout(this.#timer);
  }

  #tick(call: Call): void {
    const frame = this.#speech.shift();
    if (this.#speaking && this.#speech.length === 0) {
      this.#speaking = false;
      this.#finishedMs = clock.now();
    }
    this.carrier.hear(frame ?? SILENCE);
    if (!frame && this.#finishedMs === null) this.#mayTakeTurn(call);
  }

  #mayTakeTurn(call: Call): void {
    const isMyTurn = stateName(call.state) === 'floor.listening.quiet' && !this.carrier.isPlaying;
    this.#restFrames = isMyTurn ? this.#restFrames + 1 : 0;
    if (this.#restFrames < REACTION_FRAMES) return;
    this.#restFrames = 0;
    if (this.#turn === this.#options.turns) {
      this.#finish();
      return;
    }
    const restMs = this.#options.restMs(++this.#turn);
    this.#speech = restMs === null ? speak('any kettles.') : speechWithRest(restMs);
    this.#speaking = true;
  }

  #hear(): void {
    if (this.#speaking) {
      // Goes on speaking, but this turn is measured no more.
      this.#options.spoiled(this.#turn);
      this.#speaking = false;
    } else if (this.#finishedMs !== null) {
      this.#options.answered(this.#turn, clock.now() - this.#finishedMs);
      this.#finishedMs = null;
    }
  }
}

/** Both halves are whole phrases by themselves: that is what makes one guess wrong. */
function speechWithRest(restMs: number): Buffer[] {
  const rest = Array.from({ length: restMs / FRAME_MS - 1 }, () => SILENCE);
  return [...speak('any kettles.'), ...rest, ...speak('in blue.')];
}
