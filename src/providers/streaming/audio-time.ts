/** Mu-law at 8 kHz: one byte a sample. */
export const BYTES_A_MS = 8;
export const BYTES_A_SECOND = 1_000 * BYTES_A_MS;
