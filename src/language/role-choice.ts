import type { ModelRequest } from '../../runtime/ports.ts';
import type { Demand } from './complexity.ts';
import type { ModelRole } from './rung.ts';

export interface RoleWishes {
  /** What matters in money: `low` takes the cheapest that will do, `high` does not look at it. */
  spending: 'low' | 'balanced' | 'high';
  audioQuality: 'high' | 'medium' | 'low' | null;
}

export interface RoleChoice {
  role: ModelRole;
  /** Ends the sentence "…, because". */
  why: string;
}

/** Below this confidence the recogniser's words need judgment. */
const DOUBTFUL_CONFIDENCE = 0.6;
const COMPLEX = 0.6;
const MODERATE = 0.3;

/** How much of a model a turn needs. The first rule that applies decides. Pure. */
export function chooseRole(request: ModelRequest, demand: Demand, wishes: RoleWishes): RoleChoice {
  const { flow, by, confidence, misunderstood } = request;
  if (flow.model) return { role: flow.model, why: `the flow asks for a ${flow.model} model here` };
  if (demand.pattern === 'greeting') return { role: 'fast', why: 'a greeting needs no more' };
  if (demand.pattern === 'simple') return { role: 'fast', why: 'a short answer needs no more' };
  if (demand.complexity >= COMPLEX)
    return { role: 'deep', why: `the question is complex (${demand.complexity.toFixed(2)})` };
  if (misunderstood >= 2) return { role: 'balanced', why: 'the caller was not understood twice' };
  if (by === 'voice' && (wishes.audioQuality === 'low' || confidence < DOUBTFUL_CONFIDENCE))
    return { role: 'balanced', why: 'words that may be misheard need judgment' };
  if (wishes.spending === 'low') return { role: 'fast', why: 'it is the cheapest that will do' };
  if (demand.needsTools) return { role: 'balanced', why: 'the model may call tools here' };
  if (demand.pattern === 'reasoning' || demand.complexity >= MODERATE)
    return { role: 'balanced', why: `the question is moderately complex (${demand.complexity.toFixed(2)})` };
  return { role: 'fast', why: 'the question is simple' };
}
