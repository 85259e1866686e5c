import { readFileSync } from 'node:fs';

/** From package.json, which lies one folder higher for the compiled code. */
export const VERSION = readVersion();

function readVersion(): string {
  for (const place of ['../package.json', '../../package.json']) {
    try {
      const text = readFileSync(new URL(place, import.meta.url), 'utf8');
      return (JSON.parse(text) as { version: string }).version;
    } catch {}
  }
  return 'unknown';
}
