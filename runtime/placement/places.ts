/** How a call is worked on. `hybrid` begins at the edge and is handed to the cloud when it grows. */
export type Strategy = 'edge-only' | 'hybrid' | 'cloud-only';

/** As the carrier's webhook and the settings name it. */
export type QualityMode = 'ultra_low_latency' | 'balanced' | 'high_quality';

/** The edge node that could have the call. */
export interface EdgePlace {
  /** Calls on it now, and the most that it takes. */
  usedSlots: number;
  slots: number;
  /** Where it works, as the company's rules name areas (`eu`); null where that is not promised. */
  area: string | null;
  /** What a minute of a call costs there, in USD, providers left out. */
  usdPerMinute: number;
  /** What it adds to a turn, in ms; null where it has not been measured. */
  addsMs: number | null;
  providers: EdgeProviders;
}

/** What is open at the edge. */
export interface EdgeProviders {
  recognition: boolean;
  synthesis: boolean;
  /** A language model; without it the scripted navigator answers. */
  model: boolean;
  /** Names of the tools that can be run there. */
  tools: readonly string[];
  /** Primary tags of those that are heard and spoken there; null for all. */
  languages: readonly string[] | null;
}

/** The cloud as the edge sees it. */
export interface CloudPlace {
  /** A node can be reached that takes calls, in an area where the company's data may be: see `mayWorkIn`. */
  isOpen: boolean;
  /** As of the edge. */
  usdPerMinute: number;
  addsMs: number | null;
}

/** Whether a company's calls may be worked on in `area`. Null allows all; an unknown area is allowed only then. */
export function mayWorkIn(area: string | null, allowedAreas: readonly string[] | null): boolean {
  return allowedAreas === null || (area !== null && allowedAreas.includes(area));
}

/** How much of the edge is in use, 0 … 1. An edge without slots is full. */
export function usedShare({ usedSlots, slots }: EdgePlace): number {
  return slots > 0 ? Math.min(1, usedSlots / slots) : 1;
}
