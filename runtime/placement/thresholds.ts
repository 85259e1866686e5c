/**
 * All figures by which a call is placed. Shares, weights, complexity and pressure are 0 … 1. They are judgments, not
 * measurements: each is where two people who know telephone lines would stop arguing.
 */
export const thresholds = {
  start: {
    /** A flow up to here needs nothing that the cloud does better. Complexity. */
    edgeOnlyMost: 0.35,
    /** One up to here begins at the edge, however quick the cloud is. Complexity. */
    hybridMost: 0.7,
    /** From here on the edge keeps its slots for calls that stay there. Share of its slots in use. */
    busyShare: 0.8,
    /** From here on the edge takes no call that the cloud can take. Share of its slots in use. */
    fullShare: 0.95,
    /** The edge may be so many times dearer a minute before that alone decides. */
    dearerBy: 1.25,
    /** What the cloud and the edge add to a turn where it has not been measured, in ms. */
    cloudAddsMs: 80,
    edgeAddsMs: 25,
  },
  complexity: {
    /** Each counts in full from so many on. */
    full: { states: 40, modelShare: 0.2, tools: 4, languages: 4 },
    weights: { states: 0.3, modelShare: 0.35, tools: 0.25, languages: 0.1 },
  },
  review: {
    /** The pressure from which a call is handed over, by how it began. */
    handOffAt: { hybrid: 0.6, 'edge-only': 0.8 },
    /** So far below that the pressure has to fall to count as gone. */
    slack: 0.15,
    /** Reviews in a row that must find the pressure high: one bad turn moves nobody. */
    reviewsInARow: 2,
    /** Turns before a hand-off is asked for again. Doubles with every time, up to the most. */
    askAgainAfterTurns: 3,
    askAgainAtMostAfterTurns: 12,
    /** Misunderstandings in a row after which words need a model that the edge has not; more where the caller is badly heard. */
    misunderstood: 1,
    misunderstoodInNoise: 2,
    /** From here on the edge needs the slots of calls that may go. Share of its slots in use. */
    crowdedShare: 0.9,
    /** Each counts in full from so many on; `late`: how far over its target the latency is, as a share of the target. */
    full: { turns: 16, misunderstoodInARow: 2, misunderstoodEver: 4, late: 1 },
    weights: {
      turns: 0.2,
      misunderstoodInARow: 0.4,
      misunderstoodEver: 0.2,
      badlyHeard: 0.2,
      crowded: 0.3,
      late: 0.4,
    },
  },
} as const;
