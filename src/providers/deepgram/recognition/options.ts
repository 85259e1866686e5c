import type { Clock } from '../../../../runtime/clock.ts';
import type { DeepgramAccess } from '../client.ts';

export interface DeepgramRecognitionOptions extends DeepgramAccess {
  clock: Clock;
  /**
   * `nova-3` and its kind listen on `/v1/listen`, `flux-general-en` and `flux-general-multi` on `/v2/listen`. Flux decides by
   * itself when a turn is over. Default `nova-3`.
   */
  model?: string;
  /** Lets the model find out which language is spoken (`language=multi`, `flux-general-multi`). Default false. */
  detectLanguage?: boolean;
  /** Hints for every call, before those from the flow. */
  keyterms?: readonly string[];
  /** Nova: silence that closes a segment, `speech_final`. Default 300. */
  endpointingMs?: number;
  /** Nova: silence after the last word, whatever noise there is. Less than 1,000 gains nothing. Default 1,000. */
  utteranceEndMs?: number;
  /**
   * Nova: who says that a turn is over. `voiceActivity`: the call's own turn-taking, which knows what the flow waits for;
   * `deepgram`: `speech_final`, or `UtteranceEnd` where that does not come. Default `voiceActivity`.
   */
  turnsBy?: 'voiceActivity' | 'deepgram';
  /** Flux: 0.5 … 1. Default 0.7. */
  endOfTurnThreshold?: number;
  /** Flux: 0.3 … 0.9, or null for no eager ends of turn. Default 0.5. */
  eagerEndOfTurnThreshold?: number | null;
  /** Flux: a silence that ends the turn in any case. Default 5,000. */
  endOfTurnTimeoutMs?: number;
  /** Default 3,000. */
  connectTimeoutMs?: number;
  /** How long a call may be without a sound socket before its stream fails. Default 8,000. */
  giveUpAfterMs?: number;
  /** Audio kept for replay. Default 30,000. */
  replayMs?: number;
  /** How long `finish` waits for Deepgram. Less than the ear's 2,000. Default 1,200. */
  finishTimeoutMs?: number;
  /** For jitter. Default `Math.random`. */
  random?: () => number;
}

export const defaults = {
  model: 'nova-3',
  endpointingMs: 300,
  utteranceEndMs: 1_000,
  endOfTurnThreshold: 0.7,
  eagerEndOfTurnThreshold: 0.5,
  endOfTurnTimeoutMs: 5_000,
  connectTimeoutMs: 3_000,
  giveUpAfterMs: 8_000,
  replayMs: 30_000,
  finishTimeoutMs: 1_200,
};
