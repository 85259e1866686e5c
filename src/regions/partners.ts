import type { Clock } from '../../runtime/clock.ts';
import type { Health } from './health.ts';
import { HealthWatch } from './health-watch.ts';
import { addressProbe, type Fetch } from './probe.ts';
import { choosePartner, type PartnerChoice, type PartnerView } from './sip-choice.ts';
import type { SipPartner } from './sip-partners.ts';

export interface PartnersOptions {
  partners: readonly SipPartner[];
  /** Whether they are the product's samples. */
  areSamples: boolean;
  clock: Clock;
  fetch: Fetch;
  onChange?(name: string, health: Health, before: Health): void;
}

const INTERVAL_MS = 1_000;
const TIMEOUT_MS = 1_000;

/** The SIP partners as one node knows them. */
export class Partners {
  readonly areSamples: boolean;
  readonly #partners: readonly SipPartner[];
  readonly #watch: HealthWatch<string>;

  constructor({ partners, areSamples, clock, fetch, onChange }: PartnersOptions) {
    this.areSamples = areSamples;
    this.#partners = partners;
    const probing = { clock, fetch, timeoutMs: TIMEOUT_MS };
    this.#watch = new HealthWatch({
      probes: Object.fromEntries(
        partners.flatMap(({ name, healthUrl }) =>
          healthUrl === null ? [] : [[name, addressProbe(healthUrl, probing)]],
        ),
      ),
      clock,
      intervalMs: INTERVAL_MS,
      ...(onChange && { onChange }),
    });
  }

  start(): void {
    this.#watch.start();
  }

  stop(): Promise<void> {
    return this.#watch.stop();
  }

  /** Who carries a call of a country, or why nobody. */
  choose(country: string): PartnerChoice {
    return choosePartner(country, this.views());
  }

  /** A call could not be set up through the partner. Without a health address it is tried again after a while. */
  failed(name: string, why: string): void {
    this.#watch.failed(name, why);
  }

  views(): PartnerView[] {
    return this.#partners.map(partner => ({ partner, health: this.#watch.healthOf(partner.name) }));
  }
}
