import type { Clock } from '../../../../runtime/clock.ts';
import type { AzureSpeechAccess } from '../access.ts';

export interface AzureSpeechRecognitionOptions extends AzureSpeechAccess {
  clock: Clock;
  /**
   * Lets the service find out which of these languages is spoken, again and again; the call's own is added. Ten at most.
   * Default: none, the call's language is spoken.
   */
  detectLanguages?: readonly string[];
  /** Hints for every call, before those from the flow. */
  phrases?: readonly string[];
  /** Silence that ends a phrase: 100 … 5,000. Less than the pauses of the call's turn-taking. Default 300. */
  segmentationSilenceMs?: number;
  /** Default 3,000. */
  connectTimeoutMs?: number;
  /** How long a call may be without a sound socket before its stream fails. Default 8,000. */
  giveUpAfterMs?: number;
  /** Audio kept for replay. Default 30,000. */
  replayMs?: number;
  /** How long `finish` waits for words of which the beginning is heard. Less than the ear's 2,000. Default 1,200. */
  finishTimeoutMs?: number;
  /** How long `finish` waits where no word is heard yet. Default 700. */
  unheardTimeoutMs?: number;
  /** For jitter. Default `Math.random`. */
  random?: () => number;
}

export const defaults = {
  segmentationSilenceMs: 300,
  connectTimeoutMs: 3_000,
  giveUpAfterMs: 8_000,
  replayMs: 30_000,
  finishTimeoutMs: 1_200,
  unheardTimeoutMs: 700,
};
