import type { FlowNeeds } from './flow-needs.ts';
import type { CloudPlace, EdgePlace } from './places.ts';
import { thresholds } from './thresholds.ts';

/** How the sentences of decisions name what they rest on. */

/** As `complexity 0.52: 28 states, 2 with a model, 3 tools`. */
export function sizeOf({ complexity, states, modelStates, tools, languages }: FlowNeeds): string {
  const parts = [
    count(states, 'state'),
    ...(modelStates > 0 ? [`${modelStates} with a model`] : []),
    count(tools.length, 'tool'),
    ...(languages.length > 1 ? [count(languages.length, 'language')] : []),
  ];
  return `complexity ${complexity.toFixed(2)}: ${parts.join(', ')}`;
}

export function slotsOf({ usedSlots, slots }: EdgePlace): string {
  return `${usedSlots} of ${count(slots, 'slot')} in use`;
}

export function pricesOf(edge: EdgePlace, cloud: CloudPlace): string {
  return `${edge.usdPerMinute.toFixed(4)} against ${cloud.usdPerMinute.toFixed(4)} USD a minute`;
}

/** What the place adds to a turn, as far as is known. */
export function addedMs(place: 'edge' | 'cloud', measuredMs: number | null): number {
  const { edgeAddsMs, cloudAddsMs } = thresholds.start;
  return measuredMs ?? (place === 'edge' ? edgeAddsMs : cloudAddsMs);
}

/** As `the cloud adds 80 ms, not measured yet`. */
export function addsOf(place: 'edge' | 'cloud', measuredMs: number | null): string {
  const known = measuredMs === null ? 'not measured yet' : 'measured';
  return `the ${place} adds ${Math.round(addedMs(place, measuredMs))} ms, ${known}`;
}

export function listOf(names: readonly string[]): string {
  return names.length < 2 ? (names[0] ?? 'nothing') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}

export function count(many: number, what: string): string {
  return `${many} ${what}${many === 1 ? '' : 's'}`;
}
