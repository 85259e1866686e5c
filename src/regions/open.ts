import type { Log } from '../../runtime/call.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Agents } from '../agents.ts';
import type { Config } from '../config.ts';
import { listOf } from '../language/areas.ts';
import type { CallRouting } from '../telephony/call-routing.ts';
import { callRouting } from './call-routing.ts';
import { mayBeIn, REGION_NAMES } from './cloud-regions.ts';
import type { Health } from './health.ts';
import { Partners } from './partners.ts';
import type { RegionUrls } from './region-urls.ts';
import { Regions } from './regions.ts';
import { readPartners } from './sip-file.ts';
import { samplePartners } from './sip-partners.ts';

export interface OpenRegionsOptions {
  config: Pick<Config, 'region' | 'cloudRegions' | 'publicUrl' | 'sipPartnersFile'>;
  agents: Agents;
  clock: Clock;
  log: Log;
}

/** The regions and SIP partners as a node knows them, and which calls it sends on. */
export interface NodeRegions {
  readonly regions: Regions;
  readonly partners: Partners;
  readonly routing: CallRouting;
  /** No further look at anyone. */
  close(): Promise<void>;
}

/** Begins to look at all regions that have an address. Throws what is wrong with the file of partners. */
export async function openRegions({ config, agents, clock, log }: OpenRegionsOptions): Promise<NodeRegions> {
  const { region: own, sipPartnersFile } = config;
  const urls = urlsOf(config);
  const tell = (what: string) => (name: string, health: Health, before: Health) => {
    const { status, failure } = health;
    const fields = { [what]: name, status, before: before.status, failure };
    if (status === 'unhealthy') log.warn(fields, `A ${what} takes no calls.`);
    else log.info(fields, `The health of a ${what} changed.`);
  };
  const regions = new Regions({ urls, own, clock, fetch, onChange: tell('region') });
  const partners = new Partners({
    partners: sipPartnersFile ? await readPartners(sipPartnersFile) : samplePartners,
    areSamples: sipPartnersFile === null,
    clock,
    fetch,
    onChange: tell('partner'),
  });
  const routing = callRouting({ regions, residencyOf: number => agents.agentFor(number).residency, log });
  warnOfHomeless(agents, config, log);
  regions.start();
  partners.start();
  return {
    regions,
    partners,
    routing,
    async close() {
      await Promise.all([regions.stop(), partners.stop()]);
    },
  };
}

/** Where there are others, this node's own region is where the carrier reaches this node, unless the settings say otherwise. */
function urlsOf({ region, cloudRegions: urls, publicUrl }: OpenRegionsOptions['config']): RegionUrls {
  const isAlone = Object.keys(urls).length === 0;
  return isAlone || region === null || publicUrl === null ? urls : { [region]: publicUrl, ...urls };
}

/** An agent whose callers' data may be in no region that is there turns everyone away. */
function warnOfHomeless(
  { all }: Agents,
  { region: own, cloudRegions: urls }: Pick<Config, 'region' | 'cloudRegions'>,
  log: Log,
): void {
  const there = REGION_NAMES.filter(name => name === own || urls[name] !== undefined);
  if (own === null && there.length === 0) return;
  for (const { name, residency } of all)
    if (!there.some(region => mayBeIn(region, residency)))
      log.warn(
        { agent: name },
        `The data of this agent's callers has to stay in ${listOf(residency ?? [])}, and no region there has an address: ` +
          'its callers are turned away. Name one in CLOUD_REGIONS.',
      );
}
