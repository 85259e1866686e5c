import { isRegionName, REGION_NAMES, type RegionName } from './cloud-regions.ts';

/** The origins under which regions take calls, without a slash at the end. */
export type RegionUrls = Readonly<Partial<Record<RegionName, string>>>;

/** How the setting CLOUD_REGIONS is written. */
export const WANTED_URLS =
  `regions with their origins and commas between, as us-east-1=https://us.example.com; of ${REGION_NAMES.join(', ')}, ` +
  'each once, by https beyond this machine';

const ORIGIN = /^https?:\/\/[^\s/?#@,]+\/?$/i;
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/** Reads `us-east-1=https://…,eu-central-1=https://…`. Null for anything else: see `WANTED_URLS`. */
export function readRegionUrls(text: string): RegionUrls | null {
  const urls: Partial<Record<RegionName, string>> = {};
  for (const entry of text.split(',')) {
    const [name = '', url = '', ...rest] = entry.trim().split('=');
    if (!isRegionName(name) || urls[name] || rest.length > 0 || !isOrigin(url)) return null;
    urls[name] = new URL(url).origin;
  }
  return urls;
}

function isOrigin(text: string): boolean {
  if (!ORIGIN.test(text) || !URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return protocol === 'https:' || LOOPBACK.test(hostname);
}
