import type { ModelRequest } from '../../runtime/ports.ts';

export interface AudioQuality {
  quality: 'high' | 'medium' | 'low';
  /** Average confidence of the recogniser, 0 … 1. */
  confidence: number;
  /** Of how many turns. */
  turns: number;
}

/** Above these, a caller is heard well, or well enough. */
const HIGH = 0.8;
const MEDIUM = 0.5;
/** One mumbled word says little of a line; its last turns do. */
const LAST_TURNS = 3;
/** Who has asked so often answers with what there is: some lines do not get better. */
const MOST_REPEATS = 2;

/**
 * How well the caller is heard, by how sure the recogniser was of the latest turns: the cheapest measure there is, and one
 * that every recogniser gives. Null when no voice was heard.
 */
export function audioQualityOf({ by, said, confidence, history }: ModelRequest): AudioQuality | null {
  const earlier = history.flatMap(message => message.confidence ?? []);
  const now = by === 'voice' && said !== null ? [confidence] : [];
  const latest = [...earlier, ...now].slice(-LAST_TURNS);
  if (latest.length === 0) return null;
  const average = latest.reduce((sum, one) => sum + one, 0) / latest.length;
  const quality = average > HIGH ? 'high' : average > MEDIUM ? 'medium' : 'low';
  return { quality, confidence: average, turns: latest.length };
}

/** These words, over this line, are not worth a model: the caller is asked for them again. */
export function isTooBadlyHeard(request: ModelRequest): boolean {
  const { by, said, confidence, step, rounds, flow, misunderstood } = request;
  const isNew = by === 'voice' && said !== null && step === 0 && rounds.length === 0;
  // Before a tool nothing but the tool leads on, whatever was said.
  if (!isNew || flow.tool || misunderstood >= MOST_REPEATS) return false;
  return confidence <= MEDIUM && audioQualityOf(request)?.quality === 'low';
}
