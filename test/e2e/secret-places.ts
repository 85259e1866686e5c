import { expect, onTestFinished } from 'vitest';
import { readSources } from '../house/source-code.ts';
import { ConsolePage } from '../src/console/console-page.ts';

/** Every path that the source names, with this call where one is asked for; and some that it makes. */
export function everyPath(callSid: string): string[] {
  const company = '/api/companies/acme';
  const sources = [...readSources(new URL('../../', import.meta.url))].filter(([file]) =>
    file.startsWith('src/'),
  );
  const written = sources.flatMap(([, text]) =>
    [...text.matchAll(/['`](\/(?:api|twilio|healthz|console|metrics)[\w/:.-]*)['`]/g)].map(
      ([, at]) => at as string,
    ),
  );
  const paths = written.map(at =>
    at.replace(':callSid', callSid).replace(':companyId', 'acme').replaceAll(/:\w+/g, 'x'),
  );
  const built = ['key', 'key/mint', 'key/rotate', 'limits'].map(part => `${company}/${part}`);
  const pages = ['/', '/calls', `/calls/${callSid}`, '/flows', '/flows/x', '/login', '/assets/x.js'];
  return [...new Set(['/nowhere', company, ...pages, ...paths, ...built])];
}

/** Somebody logs in and watches all calls in a browser. */
export async function lookOn(url: string, key: string): Promise<ConsolePage> {
  const login = await fetch(`${url}/api/session`, { method: 'POST', body: JSON.stringify({ key }) });
  expect(login.status).toBe(200);
  const cookie = login.headers.get('set-cookie')?.split(';')[0] ?? '';
  const page = await ConsolePage.open(url, { cookie });
  onTestFinished(() => page.socket.terminate());
  page.ask({ type: 'watchCalls', watch: 0 });
  return page;
}
