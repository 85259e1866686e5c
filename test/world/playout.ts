/** As in a rehearsal: callers hear no difference, for there is nothing to hear. */
export const PLAYOUT = {
  leadMs: 300,
  markEveryMs: 200,
  markGraceMs: 2_000,
  maxBufferedBytes: 65_536,
  tickMs: 100,
};
