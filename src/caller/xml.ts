/** An element of a small XML document. */
export interface XmlElement {
  name: string;
  attributes: Record<string, string>;
  children: XmlElement[];
  /** Text directly inside, entities resolved, trimmed. */
  text: string;
}

const ENTITIES: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

const NAME = '[A-Za-z_][\\w.:-]*';
const QUOTED = `"[^"<]*"|'[^'<]*'`;
const ATTRIBUTE = new RegExp(`(${NAME})\\s*=\\s*(${QUOTED})`, 'g');
const TOKEN = new RegExp(
  [
    '<\\?[^]*?\\?>|<!--[^]*?-->',
    '<!\\[CDATA\\[(?<cdata>[^]*?)\\]\\]>',
    '(?<text>[^<]+)',
    `</(?<closed>${NAME})\\s*>`,
    `<(?<opened>${NAME})(?<attributes>(?:\\s+${NAME}\\s*=\\s*(?:${QUOTED}))*)\\s*(?<empty>/?)>`,
  ].join('|'),
  'y',
);

/**
 * Reads a well-formed XML document without a document type, which is all that TwiML is. Throws at the first fault, as
 * Twilio does (12100), rather than guess.
 */
export function readXml(source: string): XmlElement {
  const document = element('', '');
  const open = [document];

  for (const token of tokens(source)) {
    const parent = open.at(-1)!;
    if (token.cdata !== undefined) parent.text += token.cdata;
    if (token.text !== undefined) parent.text += resolveEntities(token.text);
    if (token.closed !== undefined) {
      if (open.length === 1 || parent.name !== token.closed) throw fault(`</${token.closed}> closes nothing`);
      open.pop();
    }
    if (token.opened !== undefined) {
      const child = element(token.opened, token.attributes ?? '');
      parent.children.push(child);
      if (!token.empty) open.push(child);
    }
  }

  if (open.length > 1) throw fault(`<${open.at(-1)!.name}> is never closed`);
  if (document.children.length !== 1 || document.text.trim())
    throw fault('it needs exactly one root element');
  return trimmed(document.children[0]!);
}

function* tokens(source: string): Generator<Partial<Record<string, string>>> {
  const text = source.replace(/^\uFEFF/, '');
  for (let at = 0; at < text.length; ) {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(text);
    if (!match) throw fault(`it cannot be read from ${JSON.stringify(text.slice(at, at + 40))}`);
    at = TOKEN.lastIndex;
    yield match.groups ?? {};
  }
}

function element(name: string, attributes: string): XmlElement {
  const pairs = [...attributes.matchAll(ATTRIBUTE)].map(([, key, quoted]) => [
    key!,
    resolveEntities(quoted!.slice(1, -1)),
  ]);
  return { name, attributes: Object.fromEntries(pairs), children: [], text: '' };
}

function trimmed(node: XmlElement): XmlElement {
  return { ...node, text: node.text.trim(), children: node.children.map(trimmed) };
}

function resolveEntities(text: string): string {
  return text.replace(/&([^;\s]*);?/g, (whole, name: string) => {
    if (!whole.endsWith(';')) throw fault(`${JSON.stringify(whole)} is no entity; write &amp; for &`);
    if (name.startsWith('#x')) return String.fromCodePoint(Number.parseInt(name.slice(2), 16));
    if (name.startsWith('#')) return String.fromCodePoint(Number.parseInt(name.slice(1), 10));
    const value = ENTITIES[name];
    if (value === undefined) throw fault(`&${name}; is not an entity of XML`);
    return value;
  });
}

function fault(what: string): Error {
  return new Error(`This is not well-formed XML: ${what}.`);
}
