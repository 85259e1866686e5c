import { whole } from '../../setting.ts';

/** How long replies are kept, and what may be asked ahead. */
export const responseCacheSettings = {
  RESPONSE_CACHE_TTL_S: whole(0, 86_400, 300, {
    unit: 's',
    description:
      "How long a model's reply that is the same for everybody answers the same question of other callers; 0 asks the model " +
      'every time.',
  }),
  RESPONSE_CACHE_PER_COMPANY: whole(1, 100_000, 500, {
    unit: 'replies',
    description: 'Replies that are kept for one company at most. On Redis, of each node.',
  }),
  RESPONSE_PREFETCH_PERCENT: whole(0, 100, 0, {
    unit: '%',
    description:
      'Likely questions are asked before callers do, at most so many for each hundred that callers ask; 0 asks none ahead.',
  }),
  RESPONSE_PREFETCH_PER_MINUTE: whole(1, 1_000, 6, {
    unit: 'requests',
    description: 'Questions that are asked ahead for one company in a minute at most.',
  }),
};

/** The settings of the environment as the configuration has them. */
export function readResponseCache(given: {
  RESPONSE_CACHE_TTL_S: number;
  RESPONSE_CACHE_PER_COMPANY: number;
  RESPONSE_PREFETCH_PERCENT: number;
  RESPONSE_PREFETCH_PER_MINUTE: number;
}) {
  return {
    responseCache: {
      ttlS: given.RESPONSE_CACHE_TTL_S,
      perCompany: given.RESPONSE_CACHE_PER_COMPANY,
      prefetchPercent: given.RESPONSE_PREFETCH_PERCENT,
      prefetchPerMinute: given.RESPONSE_PREFETCH_PER_MINUTE,
    },
  };
}
