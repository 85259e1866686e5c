import type { ExpectedCall } from './reception.ts';

/** Where a call that a webhook announces is worked on. */
export interface CallRouting {
  route(call: ExpectedCall, now: RoutingMoment): Promise<RoutedCall>;
}

export interface RoutingMoment {
  /** Whether this node takes new calls now. */
  canTake: boolean;
  /** Who sent the caller on to this node; empty for nobody. */
  routedFrom: string;
}

export type RoutedCall =
  /** By this node, if it can take it; `parameters` are kept with the call. */
  | { here: true; parameters: Readonly<Record<string, string>> }
  /** By another region, at this origin. */
  | { origin: string; region: string; from: string; text: string }
  /** By nobody, and why. Whoever decided it has told the log. */
  | { refusal: string };

/** Field of the address under which a caller is sent on: by whom, so that nobody is sent round in circles. */
export const ROUTED_FROM = 'RoutedFrom';
