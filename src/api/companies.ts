import type { HttpRequest, HttpResponse, HttpRoute } from '../../runtime/cloud/transport.ts';
import { ProviderError } from '../../runtime/provider-error.ts';
import type { CompanyAdministration } from '../companies/administration.ts';
import { CompanyKeyError, type CompanyKeyErrorCode } from '../companies/company-key-error.ts';
import { broughtKey, readRequest } from '../companies/company-requests.ts';
import { Secret } from '../secret.ts';
import type { Log } from '../storage/log.ts';
import type { ApiAccess } from './access.ts';
import { errorResponse, jsonResponse } from './json-response.ts';

export interface CompanyRoutesOptions {
  access: ApiAccess;
  companies: CompanyAdministration;
  /** Every change is written down with the company's id, and every failure with its cause. */
  log: Log;
}

const STATUS: Record<CompanyKeyErrorCode, number> = {
  REQUEST_INVALID: 400,
  COMPANY_UNKNOWN: 404,
  KEY_IN_CLEAR: 400,
  LIMIT_MISSING: 400,
  KEY_PRESENT: 409,
  KEY_ABSENT: 409,
  // What follows is for the operator to mend; the message says how.
  SETTING_MISSING: 409,
  MASTER_KEY_INVALID: 409,
  MASTER_KEY_UNKNOWN: 409,
  KEY_UNREADABLE: 409,
};

/** What an operation works on: the id in the path, and what the body says. */
interface Asked {
  companyId: string;
  body: unknown;
}

/** The administration of companies: see `src/companies/administration.ts` for what each answers. Keys never leave. */
export function companyRoutes({ access, companies, log }: CompanyRoutesOptions): HttpRoute[] {
  function route(
    method: HttpRoute['method'],
    path: string,
    run: (asked: Asked) => Promise<unknown>,
  ): HttpRoute {
    return {
      method,
      path,
      async handle(request) {
        const refusal = access(request);
        if (refusal) return refusal;

        const companyId = request.params.companyId ?? '';
        try {
          const answer = await run({ companyId, body: bodyOf(request) });
          if (method !== 'GET') log.info({ companyId, method, path }, 'A company was changed over the API.');
          return jsonResponse(200, answer);
        } catch (error) {
          return failure(error, { companyId, method, path }, log);
        }
      },
    };
  }

  const company = '/api/companies/:companyId';
  return [
    route('GET', '/api/companies', async () => ({ companies: await companies.list() })),
    route('GET', company, ({ companyId }) => companies.show(companyId)),
    route('PUT', company, ({ companyId, body }) => companies.save(companyId, body as never)),
    route('PUT', `${company}/key`, ({ companyId, body }) =>
      companies.setKey(companyId, new Secret(readRequest(broughtKey, body).key)),
    ),
    route('DELETE', `${company}/key`, ({ companyId }) => companies.removeKey(companyId)),
    route('POST', `${company}/key/mint`, ({ companyId, body }) =>
      companies.mintKey(companyId, body as never),
    ),
    route('POST', `${company}/key/rotate`, ({ companyId, body }) =>
      companies.rotateKey(companyId, (body ?? {}) as never),
    ),
    route('PUT', `${company}/limits`, async ({ companyId, body }) => ({
      limits: await companies.setLimit(companyId, body as never),
    })),
    route('POST', '/api/seal/rotate', () => companies.rotateSeal()),
  ];
}

/** Undefined without one. The parser's own complaint would quote it. */
function bodyOf({ body }: HttpRequest): unknown {
  if (body.length === 0) return undefined;
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw new CompanyKeyError('REQUEST_INVALID', 'The body is not JSON. Write a JSON object.');
  }
}

function failure(error: unknown, where: object, log: Log): HttpResponse {
  if (error instanceof CompanyKeyError)
    return jsonResponse(STATUS[error.code], { error: error.message, code: error.code });

  log.error({ ...where, err: error }, 'A company could not be administered.');
  if (error instanceof ProviderError) {
    const hint =
      error.fault === 'unauthorized' ? ' Check OPENROUTER_MANAGEMENT_KEY on the server.' : ' Try again.';
    return jsonResponse(502, {
      error: `OpenRouter did not do it (${error.fault}).${hint}`,
      code: 'PROVIDER_FAILED',
    });
  }
  return errorResponse(
    503,
    'Companies cannot be administered at the moment. The log of the server says why.',
  );
}
