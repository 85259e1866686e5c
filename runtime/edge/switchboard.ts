import type { CarrierSocket } from '../ports.ts';

/** Whoever works on the call: what the carrier says goes to them. */
export interface Party {
  /** A text frame of the carrier's, as it is. */
  message(text: string): void;
  /** The carrier's stream is gone, whoever closed it. */
  gone(socket: CarrierSocket, reason: string): void;
}

export interface Stream {
  socket: CarrierSocket;
  streamSid: string;
}

/** A minute of frames, and more; a call that is not answered by then is lost anyway. */
const MOST_HELD = 4_000;

/**
 * Joins the carrier's stream and whoever works on the call. While that changes, what the carrier says is held, and reaches the
 * next one in its order, with nothing lost and nothing twice.
 */
export class Switchboard {
  #stream: Stream | null = null;
  #party: Party | null = null;
  #held: string[] = [];
  #keepsAudio = true;
  /** A stream that ended while nobody was there to be told, and why. */
  #gone: { socket: CarrierSocket; reason: string } | null = null;

  get stream(): Stream | null {
    return this.#stream;
  }

  /** A stream of the carrier; an earlier one is lost, even if its socket still looks open from here. */
  plug(stream: Stream): void {
    const earlier = this.#stream?.socket;
    if (earlier) {
      this.unplug(earlier, 'replaced by a new stream');
      earlier.close(1000, 'replaced by a new stream');
    }
    this.#stream = stream;
    this.#held = [];
    this.#gone = null;
  }

  /** The socket of a stream is gone. One that has been replaced is no loss. */
  unplug(socket: CarrierSocket, reason: string): void {
    if (this.#stream?.socket !== socket) return;
    this.#stream = null;
    if (this.#party) this.#party.gone(socket, reason);
    else this.#gone = { socket, reason };
  }

  /**
   * Holds what comes from now on. Without audio: only keys, and that the caller has hung up. `unheard`: what the last party was given
   * and has not taken; the next one hears it first.
   */
  hold({ audio, unheard = [] }: { audio: boolean; unheard?: readonly string[] }): void {
    this.#party = null;
    this.#keepsAudio = audio;
    this.#held = [...unheard, ...this.#held];
  }

  /** `party` works on the call from now on, and hears first what was held. */
  connect(party: Party): void {
    this.#party = party;
    const held = this.#held;
    this.#held = [];
    for (const text of held) {
      // What it hears may end its part.
      if (this.#party === party) party.message(text);
      else this.#held.push(text);
    }
    if (this.#party !== party) return;
    const gone = this.#gone;
    this.#gone = null;
    if (gone) party.gone(gone.socket, gone.reason);
  }

  /** From the carrier. */
  receive(socket: CarrierSocket, text: string): void {
    if (this.#stream?.socket !== socket) return;
    if (this.#party) {
      this.#party.message(text);
      return;
    }
    const isWanted = this.#keepsAudio || /"event":"(?:dtmf|stop)"/.test(text);
    if (isWanted && this.#held.length < MOST_HELD) this.#held.push(text);
  }

  /** To the carrier. */
  send(text: string): void {
    this.#stream?.socket.send(text);
  }

  /** Ends the stream from here. Nobody is told. */
  close(code: number, reason: string): void {
    const stream = this.#stream;
    this.#stream = null;
    stream?.socket.close(code, reason);
  }
}
