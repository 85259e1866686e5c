import type { CompanyAdministration } from '../companies/administration.ts';
import type { CompanyListing } from '../companies/company-directory.ts';
import type { ListedLimit } from '../companies/usage-limits.ts';
import type { Secret } from '../secret.ts';

/** A server's administration of companies, over its API. Throws the sentence that the server refuses with. */
export function administerThere(serverUrl: string, apiKey: Secret | null): CompanyAdministration {
  if (!URL.canParse(serverUrl)) throw new Error('Write --server as http://127.0.0.1:8080.');

  async function send<Answer>(method: string, path: string, body?: unknown): Promise<Answer> {
    const url = new URL(`/api/${path}`, serverUrl);
    const response = await fetch(url, {
      method,
      headers: {
        ...(apiKey && { authorization: `Bearer ${apiKey.reveal()}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    }).catch(() => {
      throw new Error(`No server answers at ${url.origin}. Start it, or leave --server out.`);
    });
    const answer = (await response.json().catch(() => null)) as (Answer & { error?: string }) | null;
    if (response.ok && answer !== null) return answer;
    throw new Error(
      answer?.error ??
        `${url.origin} answered ${response.status}, and not as this product does. Check --server.`,
    );
  }

  const company = (companyId: string) => `companies/${encodeURIComponent(companyId)}`;
  return {
    list: async () => (await send<{ companies: CompanyListing[] }>('GET', 'companies')).companies,
    show: companyId => send('GET', company(companyId)),
    save: (companyId, saved) => send('PUT', company(companyId), saved),
    mintKey: (companyId, limit) => send('POST', `${company(companyId)}/key/mint`, limit),
    setKey: (companyId, key: Secret) => send('PUT', `${company(companyId)}/key`, { key: key.reveal() }),
    rotateKey: (companyId, limit) => send('POST', `${company(companyId)}/key/rotate`, limit),
    removeKey: companyId => send('DELETE', `${company(companyId)}/key`),
    setLimit: async (companyId, limit) =>
      (await send<{ limits: ListedLimit[] }>('PUT', `${company(companyId)}/limits`, limit)).limits,
    rotateSeal: () => send('POST', 'seal/rotate'),
  };
}
