import { type DestinationStream, type Logger, pino } from 'pino';
import type { Secret } from './secret.ts';

export type { Logger };

export interface LoggerOptions {
  level: string;
  /** Name of the node, in every line. */
  node: string;
  /** Values that are cut out of every line, wherever they turn up. */
  secrets: readonly (Secret | null)[];
  /** Default: standard error, so that standard output stays free for results. */
  destination?: DestinationStream;
}

/** Shorter pieces would blank out ordinary words. */
const SHORTEST_SECRET = 6;

const secretFields = [
  'token',
  'authToken',
  'apiKey',
  'password',
  'authorization',
  '["x-twilio-signature"]',
  'cookie',
];
const secretPaths = secretFields.flatMap(name => [name, name.startsWith('[') ? `*${name}` : `*.${name}`]);
const requestPaths = ['authorization', 'cookie', '["x-twilio-signature"]'].map(name =>
  name.startsWith('[') ? `*.headers${name}` : `*.headers.${name}`,
);

/**
 * Logs one JSON object a line. Fields that are secret by name are masked, and so are the configured secrets wherever
 * they are: a driver that quotes its connection string in an error gives nothing away.
 */
export function createLogger(options: LoggerOptions): Logger {
  const cutSecrets = secretCutter(options.secrets);
  // Asynchronous: a slow reader of standard error must not hold up audio. pino flushes at exit.
  const destination = options.destination ?? pino.destination({ dest: 2, sync: false });

  return pino(
    {
      level: options.level,
      base: { node: options.node },
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: { paths: [...secretPaths, ...requestPaths], censor: '[secret]' },
      hooks: { streamWrite: cutSecrets },
    },
    destination,
  );
}

/** Cuts secrets out of a text, however JSON or a URL writes them. */
export function secretCutter(secrets: readonly (Secret | null)[]): (line: string) => string {
  const pieces = new Set<string>();
  for (const secret of secrets)
    for (const piece of secret ? spellings(secret.reveal()) : []) pieces.add(piece);
  // Longest first, so that a password is not cut out of the middle of its URL.
  const longestFirst = [...pieces].sort((a, b) => b.length - a.length);

  return line => longestFirst.reduce((cut, piece) => cut.replaceAll(piece, '[secret]'), line);
}

/** The value, the password within it if it is a URL, and how JSON writes both. */
function spellings(value: string): string[] {
  const password = URL.canParse(value) ? new URL(value).password : '';
  return [value, password, decoded(password)]
    .filter(piece => piece.length >= SHORTEST_SECRET)
    .flatMap(piece => [piece, JSON.stringify(piece).slice(1, -1)]);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
