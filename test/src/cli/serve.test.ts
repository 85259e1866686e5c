import { expect, it } from 'vitest';
import { welcome } from '../../../src/cli/serve.ts';
import { loadConfig } from '../../../src/config.ts';

const server = { url: 'http://127.0.0.1:8080', transport: 'uws' as const };

it.each([
  [{}, /open to this machine alone/],
  [{ API_KEY: 'a-key-of-a-test-0123456789' }, /answers calls on/],
  [
    { PUBLIC_URL: 'https://calls.example.com', TWILIO_AUTH_TOKEN: '0123456789abcdef' },
    /nobody can use the pages or the API\. Set API_KEY/,
  ],
])('Whoever starts the server with %j sees one link, and who is let in', (env, said) => {
  const text = welcome(loadConfig(env), server).join('\n');
  expect(text.match(/https?:\/\/\S+/g)).toEqual(['http://127.0.0.1:8080']);
  expect(text).toMatch(said);
  expect(text).toContain('No microphone?');
});
