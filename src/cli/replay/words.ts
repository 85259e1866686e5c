/** Control characters of what callers and models said would be commands to the terminal. */
export function plain(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out.
  return text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ');
}

export function quoted(text: string): string {
  return `“${plain(text)}”`;
}

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}

export function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

export function wallTime(epochMs: number): string {
  return new Date(epochMs).toISOString().replace('T', ' ').slice(0, 19);
}

export function factsText(facts: Readonly<Record<string, string>>): string {
  const known = Object.entries(facts).map(([name, value]) => `${name}=${plain(value)}`);
  return known.length === 0 ? 'none' : known.join(', ');
}
