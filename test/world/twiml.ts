/** What a carrier is told to do, one verb after the other. */
export type Verb =
  | { verb: 'stream'; url: URL; parameters: Record<string, string> }
  | { verb: 'redirect'; url: URL }
  | { verb: 'dial'; actionUrl: URL }
  | { verb: 'say' }
  | { verb: 'reject' }
  | { verb: 'hangUp' };

const VERB = /<(Stream|Redirect|Dial|Say|Reject|Hangup)\b([^>]*?)(\/?)>/g;

/** Reads as much TwiML as the product writes. Throws at anything else. */
export function readTwiml(xml: string): Verb[] {
  if (!xml.includes('<Response>')) throw new Error(`This is no TwiML: ${xml.slice(0, 100)}`);
  return [...xml.matchAll(VERB)].map(match => {
    const [whole, name, attributes = ''] = match;
    const rest = xml.slice(match.index + whole.length);
    const inner = () => plainText(rest.slice(0, rest.indexOf('<')));
    switch (name) {
      case 'Stream':
        return {
          verb: 'stream',
          url: new URL(attribute(attributes, 'url')),
          parameters: parametersIn(rest.slice(0, rest.indexOf('</Stream>'))),
        };
      case 'Redirect':
        return { verb: 'redirect', url: new URL(inner()) };
      case 'Dial':
        return { verb: 'dial', actionUrl: new URL(attribute(attributes, 'action')) };
      case 'Say':
        return { verb: 'say' };
      case 'Reject':
        return { verb: 'reject' };
      default:
        return { verb: 'hangUp' };
    }
  });
}

function parametersIn(xml: string): Record<string, string> {
  const found = [...xml.matchAll(/<Parameter\b([^>]*)>/g)].map(([, attributes = '']) => [
    attribute(attributes, 'name'),
    attribute(attributes, 'value'),
  ]);
  return Object.fromEntries(found);
}

function attribute(text: string, name: string): string {
  const value = new RegExp(`\\b${name}="([^"]*)"`).exec(text)?.[1];
  if (value === undefined) throw new Error(`There is no ${name} in ${text}.`);
  return plainText(value);
}

const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function plainText(text: string): string {
  return text.replace(/&(amp|lt|gt|quot|apos);/g, (_, name: string) => entities[name] ?? '');
}
