import type { Log } from '../../runtime/call.ts';
import { type Area, listOf } from '../language/areas.ts';
import type { CallRouting, RoutedCall, RoutingMoment } from '../telephony/call-routing.ts';
import type { ExpectedCall } from '../telephony/reception.ts';
import { mayBeIn, type RegionName } from './cloud-regions.ts';
import type { Regions } from './regions.ts';

export interface CallRoutingOptions {
  regions: Regions;
  /** Where the data of those who call a number of ours may be; null for anywhere. */
  residencyOf(number: string): readonly Area[] | null;
  log: Log;
}

/** Of a node that has not been told where it is. */
const UNNAMED = 'unnamed';

/**
 * A node takes the calls that reach it: whoever sent them had reasons. It sends on those whose data may not be where it is, and
 * those that it cannot take. A caller is sent on once, and only to a region that answered a moment ago: the carrier would
 * hang up on one that does not.
 */
export function callRouting({ regions, residencyOf, log }: CallRoutingOptions): CallRouting {
  const { own } = regions;

  async function route(call: ExpectedCall, moment: RoutingMoment): Promise<RoutedCall> {
    const routed = await decide(call, moment);
    const { callSid } = call;
    if ('refusal' in routed)
      log.warn({ callSid, because: routed.refusal }, 'Turned a caller away whose data may not be here.');
    else if ('origin' in routed)
      log.info(
        { callSid, region: routed.region, because: routed.text },
        'Sent a caller on to another region.',
      );
    return routed;
  }

  async function decide(call: ExpectedCall, { canTake, routedFrom }: RoutingMoment): Promise<RoutedCall> {
    const residency = residencyOf(call.direction === 'inbound' ? call.to : call.from);
    const mayBeHere = isAllowedHere(residency);
    if (mayBeHere && (canTake || routedFrom !== '' || own === null)) return here(residency, routedFrom);
    if (routedFrom !== '') return { refusal: strayed(residency, routedFrom) };

    const elsewhere = await findOther(call, residency);
    return 'refusal' in elsewhere && mayBeHere ? here(residency, routedFrom) : elsewhere;
  }

  /** A node that is not told where it is may be anywhere; where there are no others, nobody asks. */
  function isAllowedHere(residency: readonly Area[] | null): boolean {
    if (own !== null) return mayBeIn(own, residency);
    return residency === null || regions.views().every(({ url }) => url === null);
  }

  function here(residency: readonly Area[] | null, routedFrom: string): RoutedCall {
    if (own === null) return { here: true, parameters: {} };
    const only = residency ? `${listOf(residency)} only, so ` : '';
    const how = routedFrom === '' ? 'where the call came in' : `where ${routedFrom} sent the caller`;
    return { here: true, parameters: { region: own, region_choice: `${only}${own}, ${how}.` } };
  }

  async function findOther(
    call: ExpectedCall,
    residency: readonly Area[] | null,
  ): Promise<Exclude<RoutedCall, { here: true }>> {
    const except = new Map<RegionName, string>(own ? [[own, 'takes no new calls now']] : []);
    const country = call.parameters.FromCountry ?? null;
    while (true) {
      const choice = regions.choose({ country, residency, except });
      if ('refusal' in choice) return choice;
      const { region, url, text } = choice;
      const { failure, draining } = await regions.lookAt(region);
      if (failure === null && !draining) return { origin: url, region, from: own ?? UNNAMED, text };
      except.set(region, draining ? 'is draining and takes no new calls' : `does not answer: ${failure}`);
    }
  }

  function strayed(residency: readonly Area[] | null, routedFrom: string): string {
    return (
      `${routedFrom} sent a caller to ${own ?? 'this node'}, where the data may not be (${listOf(residency ?? [])} only): ` +
      'give the nodes the same AYBIZA_AGENTS and CLOUD_REGIONS, and each its own AYBIZA_REGION.'
    );
  }

  return { route };
}
