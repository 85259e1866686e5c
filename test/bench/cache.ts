import type { Bench, Figure } from './bench.ts';
import { HABITS } from './cache-callers.ts';
import { companies } from './cache-companies.ts';
import { type DayResult, PUBLISHED_AT_HOUR, runDay, TTL_S } from './cache-day.ts';
import { MODEL } from './cache-model.ts';

/** What the prefetching run may spend. */
const PREFETCH = { sharePercent: 10, perMinute: 6 };
const NO_PREFETCH = { sharePercent: 0, perMinute: 6 };

/** How many of a day's questions are answered without a model, what that saves, and what asking ahead adds. */
export const cache: Bench = {
  name: 'cache',
  title: 'Replies from the cache: a simulated day of calls to three companies',
  async run({ calls, onProgress }) {
    // The default of 1,000 is the whole day; a quick run has a tenth of its callers.
    const share = calls / 1_000;
    onProgress('a day without a cache');
    const none = await runDay({ share, caches: false, prefetch: NO_PREFETCH });
    onProgress('the same day with one');
    const plain = await runDay({ share, caches: true, prefetch: NO_PREFETCH });
    onProgress('the same day, asking ahead');
    const ahead = await runDay({ share, caches: true, prefetch: PREFETCH });
    return {
      figures: [
        ...assumptions(share),
        ...overall('', plain),
        ...overall('asking ahead: ', ahead),
        ...asked(ahead),
        ...spending(none, plain, ahead),
        ...byCompany(plain, ahead),
        ...byHour(plain, ahead),
      ],
      profiles: {},
    };
  },
};

function assumptions(share: number): Figure[] {
  const callsADay = companies.map(({ name, callsPerDay }) => `${name} ${Math.round(callsPerDay * share)}`);
  const habits = Object.entries(HABITS).map(([name, value]) => `${name} ${value}`);
  return [
    figure(
      'calls a day',
      companies.reduce((sum, each) => sum + each.callsPerDay * share, 0),
      'calls',
      callsADay.join(', '),
    ),
    figure('time to live', TTL_S * 1_000, 'ms', `flows published at ${PUBLISHED_AT_HOUR}:00`),
    figure(
      'model: median first token',
      MODEL.firstTokenMs,
      'ms',
      `${MODEL.model}, log-normal, spread ${MODEL.firstTokenSpread}`,
    ),
    figure('assumed of callers: Zipf exponent', HABITS.topicsZipf, '×', habits.join(', ')),
  ];
}

function overall(
  prefix: string,
  { report, hitsOf, firstToken, hitCpu, violations, modelRequests }: DayResult,
): Figure[] {
  const sum = sumOf(report.agents);
  const all = (name: string) => `${prefix}${name}`;
  const bypassed = Object.entries(sum.bypassed).sort(([, one], [, other]) => other - one);
  const notKept = Object.entries(sum.notKept).sort(([, one], [, other]) => other - one);
  const wordsAlone = (100 * hitsOf.words) / (sum.hits + sum.misses);
  return [
    figure(
      all('hits of look-ups'),
      100 * (sum.hits / (sum.hits + sum.misses)),
      '%',
      `${sum.hits} hits, ${sum.misses} misses, ${sum.stale} of them stale`,
    ),
    figure(
      all('hits if no choice were kept'),
      wordsAlone,
      '%',
      `${hitsOf.words} in words, ${hitsOf.choice} choices`,
    ),
    figure(
      all('answered without a model'),
      (100 * sum.hits) / sum.questions,
      '%',
      `of ${sum.questions} questions`,
    ),
    figure(
      all('bypassed'),
      (100 * (sum.questions - sum.hits - sum.misses)) / sum.questions,
      '%',
      list(bypassed),
    ),
    figure(all('asked of the model'), modelRequests, 'replies', `not kept: ${list(notKept)}`),
    figure(
      all('first token, hits'),
      firstToken.hits.spread().p99,
      'ms',
      'p99, simulated: the store is in the process',
    ),
    figure(
      all('first token, hits, of real time'),
      1_000 * hitCpu.spread().p50,
      'µs',
      `p50; p99 ${(1_000 * hitCpu.spread().p99).toFixed(0)} µs`,
    ),
    figure(
      all('first token, asked'),
      firstToken.misses.spread().p50,
      'ms',
      `p50; p95 ${firstToken.misses.spread().p95.toFixed(0)} ms`,
    ),
    figure(
      all('saved, estimated'),
      sum.savedUsd,
      'USD',
      `${sum.savedInput} tokens in, ${sum.savedOutput} out`,
    ),
    figure(all('another company’s reply'), violations.company, 'replies', undefined, 0),
    figure(all('another edition’s reply'), violations.edition, 'replies', undefined, 0),
    figure(all('personal reply'), violations.personal, 'replies', undefined, 0),
    figure(
      all('reply to another question'),
      violations.wrong,
      'replies',
      'than this caller asked, by what the model would have said',
      0,
    ),
  ];
}

function asked({ report }: DayResult): Figure[] {
  const all = report.agents.map(({ prefetch }) => prefetch);
  const sum = (pick: (one: (typeof all)[number]) => number) =>
    all.reduce((total, one) => total + pick(one), 0);
  const tokens = sum(({ asked }) => asked.inputTokens + asked.outputTokens);
  const wasted = sum(({ wasted }) => wasted.inputTokens + wasted.outputTokens);
  const cost = sum(({ asked }) => asked.costUsd);
  return [
    figure(
      'asked ahead',
      sum(({ asked }) => asked.replies),
      'replies',
      `at most ${PREFETCH.sharePercent} % more, ${PREFETCH.perMinute} a minute; kept ${sum(({ kept }) => kept)}, used ${sum(({ used }) => used)}, gave ${sum(({ hits }) => hits)} hits`,
    ),
    figure(
      'asked ahead, tokens',
      tokens,
      'tokens',
      `wasted ${wasted}, or ${((100 * wasted) / tokens).toFixed(0)} %`,
    ),
    figure('asked ahead, cost', cost, 'USD'),
  ];
}

/** What models cost in the three days: measured, to hold the estimate of the cache against. */
function spending(none: DayResult, plain: DayResult, ahead: DayResult): Figure[] {
  const saved = ({ spentUsd }: DayResult) =>
    `saved ${(none.spentUsd - spentUsd).toFixed(2)} USD, or ${percent(1 - spentUsd / none.spentUsd)}`;
  return [
    figure('spent without a cache', none.spentUsd, 'USD', `${none.modelRequests} requests`),
    figure('spent with it', plain.spentUsd, 'USD', `${plain.modelRequests} requests; ${saved(plain)}`),
    figure('spent, asking ahead', ahead.spentUsd, 'USD', `${ahead.modelRequests} requests; ${saved(ahead)}`),
  ];
}

function byCompany(plain: DayResult, ahead: DayResult): Figure[] {
  return plain.report.agents.map((agent, at) => {
    const other = ahead.report.agents[at]!;
    const note = `answered ${percent(agent.shareAnswered)}; asking ahead: hits ${percent(other.hitRate)}, answered ${percent(other.shareAnswered)}`;
    return figure(`${agent.agent}: hits of look-ups`, 100 * (agent.hitRate ?? 0), '%', note);
  });
}

function byHour(plain: DayResult, ahead: DayResult): Figure[] {
  const rate = ({ hits, misses }: { hits: number; misses: number }) => hits / Math.max(1, hits + misses);
  return plain.hours.map((hour, at) => {
    const note = `${hour.questions} questions; asking ahead ${percent(rate(ahead.hours[at]!))}`;
    return figure(`hits of look-ups, ${String(at).padStart(2, '0')}:00`, 100 * rate(hour), '%', note);
  });
}

function sumOf(agents: DayResult['report']['agents']) {
  const total = (pick: (one: (typeof agents)[number]) => number) =>
    agents.reduce((sum, one) => sum + pick(one), 0);
  return {
    questions: total(({ questions }) => questions),
    hits: total(({ hits }) => hits),
    misses: total(({ misses }) => misses),
    stale: total(({ stale }) => stale),
    savedUsd: total(({ saved }) => saved.costUsd),
    savedInput: total(({ saved }) => saved.inputTokens),
    savedOutput: total(({ saved }) => saved.outputTokens),
    bypassed: together(agents.map(({ bypassed }) => bypassed)),
    notKept: together(agents.map(({ notKept }) => notKept)),
  };
}

function together(counts: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const sum: Record<string, number> = {};
  for (const one of counts)
    for (const [name, count] of Object.entries(one)) sum[name] = (sum[name] ?? 0) + count;
  return sum;
}

function list(counts: readonly [string, number][]): string {
  return counts.map(([name, count]) => `${name} ${count}`).join(', ');
}

function percent(share: number | null): string {
  return `${(100 * (share ?? 0)).toFixed(1)} %`;
}

function figure(name: string, value: number, unit: Figure['unit'], note?: string, target?: number): Figure {
  return { name, value, unit, ...(note !== undefined && { note }), ...(target !== undefined && { target }) };
}
