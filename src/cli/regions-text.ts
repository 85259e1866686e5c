import type { ToldHealth, ToldPartner, ToldRegion, ToldRegions } from '../api/regions.ts';

/** The regions with the choice among them, and then the SIP partners. */
export function regionsText({ own, choice, regions, sipPartners }: ToldRegions): string[] {
  const { areSamples, partners, choice: partnerChoice } = sipPartners;
  return [
    ...aligned([
      ['region', 'city', 'area', 'health', 'median', 'load', 'score', ''],
      ...regions.map(region => regionRow(region, own)),
    ]),
    '',
    told(choice),
    '',
    `SIP partners${areSamples ? ' (samples, which stand for nobody: SIP_PARTNERS names a file of yours)' : ''}`,
    ...aligned([
      ['partner', 'market', 'role', 'countries', 'a minute', 'health'],
      ...partners.map(partnerRow),
    ]),
    ...(partnerChoice ? ['', told(partnerChoice)] : []),
  ];
}

function regionRow({ name, city, area, health, load, score, why }: ToldRegion, own: string | null): string[] {
  return [
    name === own ? `${name} (here)` : name,
    city,
    area,
    stateOf(health),
    msText(health.medianMs),
    load === null ? '–' : `${Math.round(load * 100)} %`,
    score === null ? '–' : String(Math.round(score.totalMs)),
    score === null ? why : '',
  ];
}

function partnerRow({ name, market, role, countries, usdPerMinute, health }: ToldPartner): string[] {
  return [name, market, role, countries.join(' '), `$${usdPerMinute}`, stateOf(health)];
}

function stateOf({ status, draining, forS }: ToldHealth): string {
  if (status === 'unknown') return status;
  return `${draining && status !== 'unhealthy' ? 'draining' : status} for ${durationText(forS)}`;
}

function durationText(seconds: number): string {
  if (seconds < 120) return `${seconds} s`;
  return seconds < 7_200 ? `${Math.floor(seconds / 60)} min` : `${Math.floor(seconds / 3_600)} h`;
}

function msText(ms: number | null): string {
  return ms === null ? '–' : `${Math.round(ms)} ms`;
}

function told(choice: { text: string } | { refusal: string }): string {
  return 'text' in choice ? choice.text : choice.refusal;
}

function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map(row => (row[column] ?? '').length)));
  return rows.map(row =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
