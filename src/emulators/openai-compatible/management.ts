import type { ManagedKeys } from './keys.ts';

export interface ManagementRequest {
  method: string;
  path: string;
  query: URLSearchParams;
  body: unknown;
  /** Whether it came with the management key. */
  allowed: boolean;
}

export interface JsonAnswer {
  status: number;
  body: unknown;
}

/** `/api/v1/keys` and `/api/v1/keys/{hash}`. */
export function answerManagement(keys: ManagedKeys, request: ManagementRequest): JsonAnswer {
  const { method, path, query, allowed } = request;
  if (!allowed) return failure(401, 'Invalid management key');
  const hash = decodeURIComponent(path.slice('/api/v1/keys'.length).replace(/^\//, ''));
  const body = (request.body ?? {}) as Record<string, unknown>;

  if (hash === '' && method === 'GET')
    return { status: 200, body: { data: keys.list(Number(query.get('offset') ?? 0)) } };
  if (hash === '' && method === 'POST') {
    const minted = keys.mint(body);
    return minted
      ? { status: 201, body: { data: minted.data, key: minted.key } }
      : failure(400, 'name: expected a string');
  }
  if (method === 'GET') return found(keys.get(hash));
  if (method === 'PATCH') return found(keys.edit(hash, body));
  if (method === 'DELETE')
    return keys.remove(hash) ? { status: 200, body: { deleted: true } } : failure(404, 'API key not found');
  return failure(405, 'Method not allowed');
}

function found(data: unknown): JsonAnswer {
  return data ? { status: 200, body: { data } } : failure(404, 'API key not found');
}

function failure(code: number, message: string): JsonAnswer {
  return { status: code, body: { error: { code, message } } };
}
