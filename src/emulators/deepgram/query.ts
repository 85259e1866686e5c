import { randomUUID } from 'node:crypto';
import type { Refusal } from '../speech/server.ts';

/** How Deepgram refuses a request: https://developers.deepgram.com/docs/errors. */
export interface DeepgramRefusal {
  status: number;
  code: string;
  message: string;
}

type Rule = (query: URLSearchParams) => string | null;

const requires =
  (name: string): Rule =>
  query =>
    query.get(name) ? null : `'${name}' is required.`;
const within =
  (name: string, min: number, max: number): Rule =>
  query => {
    const value = query.get(name);
    return value === null || (Number(value) >= min && Number(value) <= max)
      ? null
      : `'${name}' must be from ${min} to ${max}.`;
  };
const unknownIn =
  (...names: string[]): Rule =>
  query => {
    const found = names.find(name => query.has(name));
    return found ? `'${found}' is not supported here.` : null;
  };
const rawNeedsRate: Rule = query =>
  query.has('encoding') !== query.has('sample_rate') ? `'encoding' and 'sample_rate' belong together.` : null;
const matches =
  (name: string, pattern: RegExp): Rule =>
  query =>
    pattern.test(query.get(name) ?? '') ? null : `No such ${name}: '${query.get(name) ?? ''}'.`;

const rules: Record<string, Rule[]> = {
  '/v1/listen': [
    requires('model'),
    matches('model', /^nova/),
    rawNeedsRate,
    query =>
      query.get('model')?.startsWith('nova-3') && query.has('keywords')
        ? 'Keywords are not supported for Nova-3. Please use `keyterm` instead.'
        : null,
    query =>
      query.has('utterance_end_ms') && query.get('interim_results') !== 'true'
        ? `'utterance_end_ms' requires 'interim_results=true'.`
        : null,
  ],
  '/v2/listen': [
    requires('model'),
    matches('model', /^flux-general-(en|multi)$/),
    requires('encoding'),
    requires('sample_rate'),
    within('eot_threshold', 0.5, 1),
    within('eager_eot_threshold', 0.3, 0.9),
    within('eot_timeout_ms', 500, 60_000),
    unknownIn('interim_results', 'endpointing', 'vad_events', 'smart_format', 'utterance_end_ms', 'language'),
    query =>
      query.has('language_hint') && query.get('model') !== 'flux-general-multi'
        ? `'language_hint' needs 'flux-general-multi'.`
        : null,
  ],
  '/v1/speak': [
    matches('model', /^aura-(2-)?[a-z]+-[a-z]{2}$/),
    query => (query.get('model') === 'aura-2-perseo-it' ? `No such model: '${query.get('model')}'.` : null),
    matches('encoding', /^(linear16|mulaw|alaw|)$/),
  ],
};

/** What is wrong with the request, or null. */
export function refuseQuery(path: string, query: URLSearchParams): DeepgramRefusal | null {
  const checks = rules[path];
  if (!checks) return { status: 404, code: 'NOT_FOUND', message: 'No such path.' };
  for (const check of checks) {
    const message = check(query);
    if (message) return { status: 400, code: 'INVALID_QUERY_PARAMETER', message };
  }
  return null;
}

/** On the wire. */
export function refuse(
  { status, code, message }: DeepgramRefusal,
  headers: Record<string, string> = {},
): Refusal {
  const id = randomUUID();
  return {
    status,
    headers: { 'content-type': 'application/json', 'dg-request-id': id, 'dg-error': code, ...headers },
    body: JSON.stringify({ err_code: code, err_msg: message, request_id: id }),
  };
}
