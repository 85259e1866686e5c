/** Markets that callers are brought in from by partners. */
export const MARKETS = ['latam', 'north-america', 'europe'] as const;
export type Market = (typeof MARKETS)[number];

/** Someone whose trunks bring calls in and out of a market. */
export interface SipPartner {
  name: string;
  market: Market;
  /** A backup is turned to when no primary takes calls. */
  role: 'primary' | 'backup';
  /** ISO 3166-1 alpha-2. */
  countries: readonly string[];
  features: readonly string[];
  usdPerMinute: number;
  /** Answers with success while the partner takes calls; null where only failed calls tell. */
  healthUrl: string | null;
}

const latam = { market: 'latam', countries: ['MX', 'CO', 'AR', 'CL', 'PE'] } as const;
const northAmerica = { market: 'north-america', countries: ['US', 'CA'] } as const;
const europe = { market: 'europe', countries: ['ES', 'FR', 'DE', 'GB'] } as const;

/**
 * A sample configuration, so that choice and failover can be seen without a contract: the names stand for nobody, features
 * and prices claim nothing of anyone. Whoever has partners writes them into the file that SIP_PARTNERS names.
 */
export const samplePartners: readonly SipPartner[] = [
  {
    ...latam,
    name: 'latam-sip-primary',
    role: 'primary',
    features: ['local numbers', 'support around the clock'],
    usdPerMinute: 0.018,
    healthUrl: null,
  },
  {
    ...latam,
    name: 'latam-sip-backup',
    role: 'backup',
    features: ['local numbers'],
    usdPerMinute: 0.024,
    healthUrl: null,
  },
  {
    ...northAmerica,
    name: 'north-america-sip-primary',
    role: 'primary',
    features: ['NANP numbers', 'caller ID attestation'],
    usdPerMinute: 0.008,
    healthUrl: null,
  },
  {
    ...northAmerica,
    name: 'north-america-sip-backup',
    role: 'backup',
    features: ['NANP numbers'],
    usdPerMinute: 0.014,
    healthUrl: null,
  },
  {
    ...europe,
    name: 'europe-sip-primary',
    role: 'primary',
    features: ['local numbers', 'data kept in Europe'],
    usdPerMinute: 0.012,
    healthUrl: null,
  },
  {
    ...europe,
    name: 'europe-sip-backup',
    role: 'backup',
    features: ['local numbers'],
    usdPerMinute: 0.016,
    healthUrl: null,
  },
];
