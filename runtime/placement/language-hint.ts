/** What a caller seems to speak, and why one may think so. */
export interface LanguageHint {
  /** Primary tag, as `es`; null for unknown. */
  language: string | null;
  /** 0 … 1. */
  confidence: number;
  /** One sentence for the record. */
  text: string;
}
