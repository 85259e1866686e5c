/** Numbers and times as people read them. Dashes stand for what is not known. */

const UNKNOWN = '–';

/** `0:07`, `12:45`, `1:02:09`. */
export function duration(ms: number): string {
  const total = Math.max(0, Math.floor(ms / 1000));
  const seconds = String(total % 60).padStart(2, '0');
  const minutes = Math.floor(total / 60) % 60;
  const hours = Math.floor(total / 3600);
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}:${seconds}` : `${minutes}:${seconds}`;
}

/** `840 ms`, `1.24 s`. */
export function latency(ms: number | null): string {
  if (ms === null) return UNKNOWN;
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(2)} s`;
}

/** `$0.0042`: as many digits as say something. */
export function cost(usd: number | null): string {
  if (usd === null) return UNKNOWN;
  if (usd === 0) return '$0';
  return `$${usd.toFixed(usd < 0.01 ? 4 : usd < 1 ? 3 : 2)}`;
}

export function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

export function count(number: number, one: string, many = `${one}s`): string {
  return `${number.toLocaleString()} ${number === 1 ? one : many}`;
}

const clockTime = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const day = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });

/** The time alone for today, with the day before that. */
export function when(epochMs: number, now = Date.now()): string {
  const date = new Date(epochMs);
  const isToday = date.toDateString() === new Date(now).toDateString();
  return isToday ? clockTime.format(date) : `${day.format(date)}, ${clockTime.format(date)}`;
}

/** `replying.speaking` → `replying · speaking`. That the floor is meant goes without saying. */
export function stateName(path: string): string {
  return path.replace(/^floor\./, '').replaceAll('.', ' · ');
}

/** `edge-iad` → `edge iad`: places of the edge are called by the code of their airport. */
export function nodeName(node: string): string {
  return node.replace(/^edge-/, 'edge ');
}

/** `hungUp` → `hung up`. */
export function words(camelCase: string): string {
  return camelCase.replace(/([a-z0-9])([A-Z])/g, (_, before, after) => `${before} ${after.toLowerCase()}`);
}

/** The first characters of a content hash. */
export function shortVersion(version: string): string {
  return version.slice(0, 8);
}

const languageNames = new Intl.DisplayNames(undefined, { type: 'language' });

/** `es` → Spanish, in the reader's own language. */
export function languageName(tag: string): string {
  try {
    return languageNames.of(tag) ?? tag;
  } catch {
    return tag;
  }
}
