import { isLoopbackHost } from '../loopback.ts';
import { readXml, type XmlElement } from './xml.ts';

/** The verbs that this caller can follow, in the order in which they are carried out. */
export type Verb =
  | { verb: 'connect'; streamUrl: string; parameters: Record<string, string>; action: string | null }
  | { verb: 'redirect'; url: string }
  | { verb: 'dial'; targets: readonly string[]; action: string | null }
  | { verb: 'say'; text: string }
  | { verb: 'pause'; delayMs: number }
  | { verb: 'hangup' }
  | { verb: 'reject' };

// twilio.com/docs/voice/twiml/stream: name and value of a Parameter together.
const PARAMETER_LIMIT = 500;

const READERS: Record<string, (node: XmlElement) => Verb> = {
  Connect: readConnect,
  Redirect: node => ({ verb: 'redirect', url: requireText(node) }),
  Dial: readDial,
  Say: node => ({ verb: 'say', text: node.text }),
  Pause: node => ({ verb: 'pause', delayMs: Number(node.attributes.length ?? 1) * 1000 }),
  Hangup: () => ({ verb: 'hangup' }),
  Reject: () => ({ verb: 'reject' }),
};

/** Reads a TwiML document. Throws when Twilio would refuse it, or when it uses a verb that this caller does not know. */
export function readTwiml(source: string): Verb[] {
  const response = readXml(source);
  if (response.name !== 'Response') throw new Error(`TwiML is a <Response>; this is a <${response.name}>.`);

  return response.children.map(node => {
    const read = READERS[node.name];
    if (!read) throw new Error(`This caller cannot follow <${node.name}>.`);
    return read(node);
  });
}

function readConnect(node: XmlElement): Verb {
  const [stream, ...others] = node.children;
  if (stream?.name !== 'Stream' || others.length > 0) {
    throw new Error('<Connect> must hold exactly one <Stream>: this caller speaks Media Streams alone.');
  }
  return {
    verb: 'connect',
    streamUrl: requireStreamUrl(stream.attributes.url),
    parameters: readParameters(stream),
    action: node.attributes.action ?? null,
  };
}

function readParameters(stream: XmlElement): Record<string, string> {
  const pairs = stream.children.map(({ name: tag, attributes }) => {
    const { name, value } = attributes;
    if (tag !== 'Parameter') throw new Error(`<Stream> may hold <Parameter>, not <${tag}>.`);
    if (name === undefined || value === undefined) throw new Error('A <Parameter> needs a name and a value.');
    if (name.length + value.length >= PARAMETER_LIMIT) {
      throw new Error(`<Parameter name="${name}"> is too long: name and value must be under 500 characters.`);
    }
    return [name, value] as const;
  });
  return Object.fromEntries(pairs);
}

function readDial(node: XmlElement): Verb {
  const children = node.children.map(child => child.text).filter(Boolean);
  const targets = children.length > 0 ? children : [requireText(node)];
  return { verb: 'dial', targets, action: node.attributes.action ?? null };
}

/**
 * Twilio connects to `wss:` alone, so `ws:` is for servers on this machine only. It mostly fails the handshake of an
 * address with a query (31920).
 */
function requireStreamUrl(url: string | undefined): string {
  if (!url || !URL.canParse(url)) throw new Error('<Stream> needs a url such as wss://host/path.');

  const { protocol, hostname, search } = new URL(url);
  const isLocal = protocol === 'ws:' && isLoopbackHost(hostname);
  if (protocol !== 'wss:' && !isLocal) throw new Error(`<Stream url="${url}"> must be wss:.`);
  if (search) throw new Error('<Stream url> must have no query; use <Parameter>.');
  return url;
}

function requireText(node: XmlElement): string {
  if (node.text) return node.text;
  throw new Error(`<${node.name}> is empty.`);
}
