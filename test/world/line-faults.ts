/** What befalls the carrier's line of one call. */
export const lineFaults = [
  'streamBreaks',
  'streamVanishes',
  'comesBackLate',
  'neverComesBack',
  'keepsMarks',
  'statusIsLost',
] as const;
export type LineFault = (typeof lineFaults)[number];
