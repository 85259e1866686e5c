import { describe, expect, it } from 'vitest';
import { createLogger } from '../../src/log.ts';
import { Secret } from '../../src/secret.ts';

function logInto(lines: string[], ...secrets: Secret[]) {
  const destination = { write: (line: string) => void lines.push(line) };
  return createLogger({ level: 'info', node: 'n1', secrets: [...secrets, null], destination });
}

describe('the log', () => {
  it('is one JSON object a line with node, time and message', () => {
    const lines: string[] = [];
    logInto(lines).info({ callSid: 'CA1' }, 'call began');
    logInto(lines).debug('not this');

    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ node: 'n1', callSid: 'CA1', msg: 'call began' });
    expect(lines[0]).toMatch(/"time":"\d{4}-\d\d-\d\dT/);
  });

  it('masks fields that are secret by name, nested ones and request headers too', () => {
    const lines: string[] = [];
    const headers = { authorization: 'canary', 'x-twilio-signature': 'canary', host: 'kept' };
    logInto(lines).info({ token: 'canary', call: { apiKey: 'canary' }, request: { headers } }, 'x');

    expect(lines[0]).not.toContain('canary');
    expect(lines[0]).toContain('kept');
  });

  it('cuts configured secrets out of messages and errors, also the password of a URL and escaped spellings', () => {
    const lines: string[] = [];
    const database = new Secret('postgres://user:canary%2Fpass@db/x');
    const key = new Secret('quo"ted\\canary');
    const log = logInto(lines, database, key);

    log.error(new Error(`connect ${database.reveal()} failed`));
    log.warn({ detail: 'password canary/pass refused' }, `key ${key.reveal()}`);

    expect(lines.join('')).not.toContain('canary');
    for (const line of lines) expect(() => JSON.parse(line)).not.toThrow();
    expect(JSON.parse(lines[0] ?? '').err.message).toBe('connect [secret] failed');
  });
});
