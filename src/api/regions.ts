import type { HttpRequest, HttpResponse, HttpRoute } from '../../runtime/cloud/transport.ts';
import { AREAS, type Area } from '../language/areas.ts';
import type { Assessment } from '../regions/assess.ts';
import { cloudRegions } from '../regions/cloud-regions.ts';
import { placeOfCountry } from '../regions/countries.ts';
import { type Health, medianMs } from '../regions/health.ts';
import { modelsIn, type RegionModel } from '../regions/models.ts';
import type { Partners } from '../regions/partners.ts';
import type { Regions } from '../regions/regions.ts';
import type { PartnerView } from '../regions/sip-choice.ts';
import type { ApiAccess } from './access.ts';
import { errorResponse, jsonResponse } from './json-response.ts';

export interface RegionRoutesOptions {
  access: ApiAccess;
  regions: Regions;
  partners: Partners;
  /** The monotonic clock that health is told by. */
  now(): number;
  /** Milliseconds since the Unix epoch. */
  wallTime(): number;
}

/** How something is, for people to read. */
export interface ToldHealth {
  status: Health['status'];
  /** How long it has been so. */
  forS: number;
  draining: boolean;
  /** Of the last answers; null when there were none. */
  medianMs: number | null;
  meanMs: number | null;
  /** Of late, from 0 to 1. */
  lossShare: number;
  calls: number | null;
  maxCalls: number | null;
  /** Why the last look failed; null when it did not. */
  failure: string | null;
}

export interface ToldRegion {
  name: string;
  city: string;
  country: string;
  area: Area;
  colos: readonly string[];
  capacityCalls: number;
  models: readonly RegionModel[];
  url: string | null;
  health: ToldHealth;
  allowed: boolean;
  load: number | null;
  score: Assessment['score'];
  why: string;
}

export interface ToldPartner {
  name: string;
  market: string;
  role: 'primary' | 'backup';
  countries: readonly string[];
  features: readonly string[];
  usdPerMinute: number;
  health: ToldHealth;
}

/** The answer of GET /api/regions. */
export interface ToldRegions {
  /** Where this node is; null when it has not been told. */
  own: string | null;
  country: string | null;
  residency: readonly Area[] | null;
  choice: { region: string; text: string } | { refusal: string };
  /** Best first for the country, those that residency forbids last. */
  regions: readonly ToldRegion[];
  sipPartners: {
    /** They stand for nobody: no file names any. */
    areSamples: boolean;
    /** For the country; null without one. */
    choice: { partner: string; text: string } | { refusal: string } | null;
    partners: readonly ToldPartner[];
  };
}

/** How the regions and SIP partners are, and which of them a caller would get. */
export function regionRoutes(options: RegionRoutesOptions): HttpRoute[] {
  const { access, regions, partners } = options;

  function answer(query: URLSearchParams): HttpResponse {
    const country = query.get('country')?.toUpperCase() || null;
    if (country !== null && placeOfCountry(country) === null)
      return errorResponse(400, 'country must be an ISO 3166-1 code, as DE.');
    const residency = query.get('residency')?.split(',') ?? null;
    if (!isResidency(residency))
      return errorResponse(400, `residency must be some of ${AREAS.join(', ')} with commas between.`);

    const caller = { country, residency, colo: query.get('colo') };
    const choice = regions.choose(caller);
    const healths = new Map(regions.views().map(({ name, health }) => [name, health]));
    const today = new Date(options.wallTime()).toISOString().slice(0, 10);
    return jsonResponse(200, {
      own: regions.own,
      country,
      residency,
      choice: 'refusal' in choice ? choice : { region: choice.region, text: choice.text },
      regions: regions.assess(caller).map((assessed): ToldRegion => {
        const { name, url, allowed, load, score, why } = assessed;
        return {
          ...cloudRegions[name],
          models: modelsIn(name, today),
          url,
          health: toldHealth(healths.get(name) as Health, options.now()),
          allowed,
          load,
          score,
          why,
        };
      }),
      sipPartners: {
        areSamples: partners.areSamples,
        choice: country === null ? null : partnerChoice(partners, country),
        partners: partners.views().map(view => toldPartner(view, options.now())),
      },
    } satisfies ToldRegions);
  }

  return [
    {
      method: 'GET',
      path: '/api/regions',
      handle: (request: HttpRequest) => access(request) ?? answer(new URLSearchParams(request.query)),
    },
  ];
}

function partnerChoice(partners: Partners, country: string) {
  const choice = partners.choose(country);
  return 'refusal' in choice ? choice : { partner: choice.partner.name, text: choice.text };
}

/** Without its health address, which may hold a key. */
function toldPartner({ partner, health }: PartnerView, nowMs: number): ToldPartner {
  const { healthUrl: _, ...rest } = partner;
  return { ...rest, health: toldHealth(health, nowMs) };
}

function toldHealth(health: Health, nowMs: number): ToldHealth {
  const { status, sinceMs, draining, meanMs, lossShare, calls, maxCalls, failure } = health;
  return {
    status,
    forS: Math.max(0, Math.round((nowMs - sinceMs) / 1_000)),
    draining,
    medianMs: rounded(medianMs(health)),
    meanMs: rounded(meanMs),
    lossShare: Math.round(lossShare * 100) / 100,
    calls,
    maxCalls,
    failure,
  };
}

function rounded(ms: number | null): number | null {
  return ms === null ? null : Math.round(ms * 10) / 10;
}

function isResidency(areas: readonly string[] | null): areas is readonly Area[] | null {
  return areas === null || areas.every(area => (AREAS as readonly string[]).includes(area));
}
