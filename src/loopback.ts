import { BlockList, isIP } from 'node:net';
import type { HttpRequest } from '../runtime/cloud/transport.ts';

const loopbackAddresses = new BlockList();
loopbackAddresses.addSubnet('127.0.0.0', 8, 'ipv4');
loopbackAddresses.addSubnet('::ffff:127.0.0.0', 104, 'ipv6');
loopbackAddresses.addAddress('::1', 'ipv6');

/** What proxies and tunnels add. Behind one, a stranger's request arrives from 127.0.0.1 too. */
const forwardingHeaders = [
  'forwarded',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-real-ip',
  'cf-connecting-ip',
];

/** 127.0.0.0/8, ::1 and their IPv4-mapped forms, however they are written out. */
export function isLoopbackAddress(address: string): boolean {
  const version = isIP(address);
  return version !== 0 && loopbackAddresses.check(address, version === 4 ? 'ipv4' : 'ipv6');
}

/** A loopback address or a name that can only mean this machine (RFC 6761). Brackets around IPv6 are allowed. */
export function isLoopbackHost(host: string): boolean {
  const name = host.toLowerCase().replace(/^\[(.*)\]$/, '$1');
  return name === 'localhost' || name.endsWith('.localhost') || isLoopbackAddress(name);
}

/**
 * True when the request was made on this machine, for this machine, and not by a web page from elsewhere: no proxy
 * passed it on, and neither `Host` (DNS rebinding) nor `Origin` (another site's script) names a stranger.
 */
export function isLocalRequest(request: HttpRequest): boolean {
  const { host, origin } = request.headers;
  if (!isLoopbackAddress(request.remoteAddress)) return false;
  if (forwardingHeaders.some(name => request.headers[name] !== undefined)) return false;
  if (host !== undefined && !namesLoopback(`http://${host}`)) return false;
  return origin === undefined || namesLoopback(origin);
}

function namesLoopback(url: string): boolean {
  return URL.canParse(url) && isLoopbackHost(new URL(url).hostname);
}
