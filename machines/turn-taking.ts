/** The states of the call chart's floor, each with its own manners. */
export type Floor =
  | 'greeting'
  | 'listening'
  | 'waitingForMore'
  | 'speculating'
  | 'thinking'
  | 'toolCalling'
  | 'speaking'
  | 'disclosing'
  | 'bargingIn'
  | 'takenOver'
  | 'onHold';

/** How turns are taken in one state. All times are milliseconds of the caller's audio. */
export interface TurnTaking {
  /** Voice this long counts as the caller having spoken. Shorter bursts count only if they hold words. */
  minSpeechMs: number;
  /** Silence after voice that ends the turn when the words so far form a whole phrase. */
  completePauseMs: number;
  /** Silence that ends it when they do not. */
  incompletePauseMs: number;
  /** Silence after a whole phrase at which a reply may be prepared, unheard. 0 prepares none. */
  eagerPauseMs: number;
}

const attentive: TurnTaking = {
  minSpeechMs: 0,
  completePauseMs: 200,
  incompletePauseMs: 700,
  eagerPauseMs: 60,
};

/** More than the detector's hang-over, which makes the shortest click last some 220 ms. */
const talking: TurnTaking = { ...attentive, minSpeechMs: 300 };

/** The pauses count from the voice detector's own end of speech, which comes some 200 ms after the last sound. */
export const turnTaking: Record<Floor, TurnTaking> = {
  greeting: talking,
  listening: attentive,
  waitingForMore: { ...attentive, incompletePauseMs: 1_000 },
  speculating: attentive,
  thinking: { ...attentive, minSpeechMs: 240 },
  toolCalling: talking,
  speaking: talking,
  disclosing: { ...talking, eagerPauseMs: 0 },
  bargingIn: attentive,
  takenOver: { ...attentive, eagerPauseMs: 0 },
  onHold: attentive,
};

/** People pause between the digits of a number and before a hard answer. */
export const pauseFactor = { normal: 1, digits: 1.6, patient: 2.5 } as const;
