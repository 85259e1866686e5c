import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import type { Secret } from '../secret.ts';
import { CompanyKeyError } from './company-key-error.ts';

const ALGORITHM = 'aes-256-gcm';
const KEY_BYTES = 32;
/** As NIST SP 800-38D recommends for GCM. Random: far fewer keys are ever sealed than would make one come twice. */
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const ID_CHARACTERS = 12;

/** Seals keys with AES-256-GCM. */
export interface MasterKey {
  /** Tells master keys apart. A digest, from which the key cannot be learned. */
  readonly id: string;
  /** `context` is not hidden, but what was sealed in one opens in no other. */
  seal(text: string, context: readonly string[]): string;
  /** Throws `KEY_UNREADABLE` when anything was changed. */
  open(sealed: string, context: readonly string[]): string;
}

/** A setting of 32 random bytes in base64, as `openssl rand -base64 32` prints them. Throws `MASTER_KEY_INVALID`. */
export function readMasterKey(setting: Secret): MasterKey {
  const key = Buffer.from(setting.reveal().trim(), 'base64');
  if (key.length !== KEY_BYTES || key.equals(Buffer.alloc(KEY_BYTES)))
    throw new CompanyKeyError(
      'MASTER_KEY_INVALID',
      'The master key for company keys is 32 random bytes in base64; make one with: openssl rand -base64 32',
    );
  const id = createHash('sha256')
    .update('aybiza master key ')
    .update(key)
    .digest('hex')
    .slice(0, ID_CHARACTERS);
  const dataOf = (context: readonly string[]) => Buffer.from(JSON.stringify([id, ...context]));

  return {
    id,

    seal(text, context) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv(ALGORITHM, key, nonce).setAAD(dataOf(context));
      const encrypted = [cipher.update(text, 'utf8'), cipher.final()];
      return Buffer.concat([nonce, ...encrypted, cipher.getAuthTag()]).toString('base64');
    },

    open(sealed, context) {
      try {
        const bytes = Buffer.from(sealed, 'base64');
        const decipher = createDecipheriv(ALGORITHM, key, bytes.subarray(0, NONCE_BYTES), {
          authTagLength: TAG_BYTES,
        });
        decipher.setAAD(dataOf(context)).setAuthTag(bytes.subarray(-TAG_BYTES));
        const encrypted = bytes.subarray(NONCE_BYTES, -TAG_BYTES);
        return Buffer.concat([decipher.update(encrypted), decipher.final()]).toString('utf8');
      } catch {
        throw new CompanyKeyError(
          'KEY_UNREADABLE',
          'A company key cannot be decrypted: its row was changed or belongs to another company. Store the key again.',
        );
      }
    },
  };
}
