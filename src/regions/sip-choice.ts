import type { Health } from './health.ts';
import type { SipPartner } from './sip-partners.ts';

export interface PartnerView {
  partner: SipPartner;
  health: Health;
}

export type PartnerChoice =
  | {
      partner: SipPartner;
      /** Why, in one sentence, for the record. */
      text: string;
      /** Whom to turn to when it fails, best first. */
      others: readonly SipPartner[];
    }
  | { refusal: string };

/**
 * Who carries a call of a country: a primary before a backup, unless it is degraded and the backup is not; of two alike the
 * cheaper. Who is unhealthy or does not cover the country never does. Pure.
 */
export function choosePartner(country: string, partners: readonly PartnerView[]): PartnerChoice {
  const code = country.toUpperCase();
  const covering = partners.filter(({ partner }) => partner.countries.includes(code));
  if (covering.length === 0) return { refusal: `No SIP partner covers ${code}: add one to SIP_PARTNERS.` };

  const out = covering.filter(({ health }) => !takesCalls(health));
  const ranked = covering
    .filter(({ health }) => takesCalls(health))
    .sort(
      (one, other) =>
        Number(one.health.status === 'degraded') - Number(other.health.status === 'degraded') ||
        Number(one.partner.role === 'backup') - Number(other.partner.role === 'backup') ||
        one.partner.usdPerMinute - other.partner.usdPerMinute,
    );
  const [best, ...rest] = ranked;
  const problems = out.map(({ partner, health }) => `${partner.name} ${problemOf(health)}`);
  if (!best) return { refusal: `No SIP partner takes calls of ${code}: ${problems.join('; ')}.` };
  return {
    partner: best.partner,
    text: explain(best, code, [
      ...problems,
      ...rest
        .filter(({ partner, health }) => partner.role === 'primary' && health.status === 'degraded')
        .map(({ partner }) => `${partner.name} is degraded`),
    ]),
    others: rest.map(({ partner }) => partner),
  };
}

function takesCalls({ status, draining }: Health): boolean {
  return status !== 'unhealthy' && !draining;
}

function problemOf({ draining, failure }: Health): string {
  return draining ? 'takes no new calls' : `is unhealthy: ${failure ?? 'it was, of late'}`;
}

function explain({ partner, health }: PartnerView, code: string, against: readonly string[]): string {
  const { name, role, market, usdPerMinute } = partner;
  const state = health.status === 'unknown' ? 'not looked at' : health.status;
  const why =
    role === 'backup' && against.length > 0 ? against.join(' and ') : `it is the best ${role} there`;
  return `${name} for ${code} (${role} of ${market}, $${usdPerMinute} a minute, ${state}), because ${why}.`;
}
