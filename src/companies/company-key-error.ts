export type CompanyKeyErrorCode =
  | 'MASTER_KEY_INVALID'
  | 'MASTER_KEY_UNKNOWN'
  | 'KEY_UNREADABLE'
  | 'KEY_IN_CLEAR'
  | 'COMPANY_UNKNOWN'
  | 'SETTING_MISSING'
  | 'REQUEST_INVALID'
  | 'KEY_PRESENT'
  | 'KEY_ABSENT'
  | 'LIMIT_MISSING';

/** A company or its key cannot be kept, read or changed. The message says what to do and holds nothing of any key. */
export class CompanyKeyError extends Error {
  readonly code: CompanyKeyErrorCode;

  constructor(code: CompanyKeyErrorCode, message: string) {
    super(message);
    this.name = 'CompanyKeyError';
    this.code = code;
  }
}
