import { optionalChoice, optionalText } from '../setting.ts';
import { REGION_NAMES } from './cloud-regions.ts';
import { type RegionUrls, readRegionUrls, WANTED_URLS } from './region-urls.ts';

/** Where this node is, and where the others are. */
export const regionSettings = {
  AYBIZA_REGION: optionalChoice(REGION_NAMES, {
    description:
      'Region that this node runs in. Calls whose data may not be there are sent on to one where it may.',
    shownDefault: 'none: the node takes every call itself',
  }),
  CLOUD_REGIONS: optionalText(text => readRegionUrls(text) !== null, WANTED_URLS, {
    unit: 'region=origin, …',
    description:
      'Where the regions of this product take calls. Each is looked at once a second, at /healthz.',
    shownDefault: 'none: no call is sent to another region',
  }),
  SIP_PARTNERS: optionalText(/^[^\0]+$/, 'the path of a JSON file', {
    unit: 'path',
    description: 'JSON file with an array of SIP partners, instead of the sample ones.',
    shownDefault: 'samples, which stand for nobody',
  }),
};

export function readRegions(given: {
  AYBIZA_REGION?: (typeof REGION_NAMES)[number] | undefined;
  CLOUD_REGIONS?: string | undefined;
  SIP_PARTNERS?: string | undefined;
}) {
  return {
    region: given.AYBIZA_REGION ?? null,
    cloudRegions: (readRegionUrls(given.CLOUD_REGIONS ?? '') ?? {}) as RegionUrls,
    sipPartnersFile: given.SIP_PARTNERS ?? null,
  };
}
