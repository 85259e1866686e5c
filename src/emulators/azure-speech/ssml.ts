export interface SpokenSsml {
  voice: string;
  language: string;
  text: string;
}

const ENTITIES: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** Voice, language and text of a document; or, as the service says it, what is wrong with it. */
export function readSsml(ssml: string): SpokenSsml | string {
  const language = /^<speak\b[^>]*\bxml:lang=['"]([^'"]+)['"][^>]*>/.exec(ssml.trim())?.[1];
  const voice = /<voice\b[^>]*\bname=['"]([^'"]+)['"][^>]*>([\s\S]*)<\/voice>\s*<\/speak>$/.exec(ssml.trim());
  if (!language || !voice) return 'SSML parsing error: 0x80045003';
  const [, name = '', inner = ''] = voice;
  if (!/^[a-z]{2,3}(-[A-Za-z]+)+Neural$/.test(name)) return `Unsupported voice ${name}.`;
  const withoutTags = inner.replace(/<[^>]*>/g, '');
  if (/&(?!(amp|lt|gt|quot|apos);)/.test(withoutTags)) return 'SSML parsing error: 0x80045003';
  const text = withoutTags.replace(/&(\w+);/g, (_, entity: string) => ENTITIES[entity] ?? '');
  return { voice: name, language, text };
}
