export type CompanyKeyErrorCode =
  | 'MASTER_KEY_INVALID'
  | 'MASTER_KEY_UNKNOWN'
  | 'KEY_UNREADABLE'
  | 'KEY_IN_CLEAR'
  | 'COMPANY_UNKNOWN';

/** A company's key cannot be kept or read. The message says what to do and holds nothing of any key. */
export class CompanyKeyError extends Error {
  readonly code: CompanyKeyErrorCode;

  constructor(code: CompanyKeyErrorCode, message: string) {
    super(message);
    this.name = 'CompanyKeyError';
    this.code = code;
  }
}
