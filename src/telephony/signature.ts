import twilio from 'twilio';
import type { HttpRequest, HttpResponse } from '../../runtime/cloud/transport.ts';
import { errorResponse } from '../api/json-response.ts';
import { isLocalRequest } from '../loopback.ts';
import type { Secret } from '../secret.ts';
import { type Form, isFormType, mediaType, parseForm } from './form.ts';
import { socketUrl, webhookUrl } from './public-url.ts';

export interface CarrierAccessOptions {
  /** Null: only this machine is let in. */
  authToken: Secret | null;
  /** The origin that the carrier calls. Required with a token. */
  publicUrl: string | null;
  /** The origin where the carrier brings its streams to this very node. Default: `publicUrl`. */
  nodeUrl?: string | null;
  /** For the log. `path` has no query: that may hold a token of someone's own. */
  onRefused?: (reason: 'badSignature' | 'notLocal', path: string) => void;
}

/** Who may act as the carrier. Both functions give the refusal to answer with, or null. */
export interface CarrierAccess {
  authorizeWebhook(request: HttpRequest): HttpResponse | null;
  authorizeUpgrade(request: HttpRequest): HttpResponse | null;
  /** To be logged at boot: nothing is signed. */
  readonly warning: string | null;
}

/** Throws when there is a token but no public address to check signatures over. */
export function carrierAccess(options: CarrierAccessOptions): CarrierAccess {
  const { authToken, publicUrl, nodeUrl } = options;
  if (authToken === null) return localAccess(options);
  if (publicUrl === null)
    throw new Error('TWILIO_AUTH_TOKEN needs PUBLIC_URL: signatures are over that address.');

  const refuse = ({ path }: HttpRequest) => {
    options.onRefused?.('badSignature', path);
    return errorResponse(403, 'The request carries no valid Twilio signature.');
  };
  return {
    authorizeWebhook: request => (webhookIsSigned(request, authToken, publicUrl) ? null : refuse(request)),
    authorizeUpgrade: request =>
      [nodeUrl ?? publicUrl, publicUrl].some(origin => upgradeIsSigned(request, authToken, origin))
        ? null
        : refuse(request),
    warning: null,
  };
}

function localAccess(options: CarrierAccessOptions): CarrierAccess {
  const authorize = (request: HttpRequest) => {
    if (isLocalRequest(request)) return null;
    options.onRefused?.('notLocal', request.path);
    return errorResponse(
      403,
      'Without TWILIO_AUTH_TOKEN this server takes calls from its own machine alone. Set it and PUBLIC_URL.',
    );
  };
  return {
    authorizeWebhook: authorize,
    authorizeUpgrade: authorize,
    warning:
      'TWILIO_AUTH_TOKEN is not set: calls are accepted from this machine alone, and their signatures are not checked.',
  };
}

/** Twilio signs the URL with its query and the form fields; a JSON body by its hash, which is in the query. */
function webhookIsSigned(request: HttpRequest, authToken: Secret, publicUrl: string): boolean {
  const url = withQuery(webhookUrl(publicUrl, request.path), request.query);
  const body = request.body.toString('utf8');
  const { 'content-type': contentType } = request.headers;

  if (isFormType(contentType)) return isSigned(request, authToken, url, parseForm(body));
  if (mediaType(contentType) === 'application/json') return isSignedBody(request, authToken, url, body);
  // Nothing signs any other body.
  return body === '' && isSigned(request, authToken, url, {});
}

/**
 * Twilio signs an upgrade over the exact URL of the TwiML, scheme `wss` included. The SDK takes 443 as the default port
 * of `https` alone, so the form with the port is tried by hand.
 */
function upgradeIsSigned(request: HttpRequest, authToken: Secret, origin: string): boolean {
  const forms = origin.startsWith('https:') && !hasPort(origin) ? [origin, `${origin}:443`] : [origin];
  return forms.some(form =>
    isSigned(request, authToken, withQuery(socketUrl(form, request.path), request.query), {}),
  );
}

function isSigned(request: HttpRequest, authToken: Secret, url: string, params: Form): boolean {
  const signature = request.headers['x-twilio-signature'];
  if (!signature) return false;
  try {
    return twilio.validateRequest(authToken.reveal(), signature, url, params);
  } catch {
    // The SDK throws on a URL that it cannot parse.
    return false;
  }
}

function isSignedBody(request: HttpRequest, authToken: Secret, url: string, body: string): boolean {
  const signature = request.headers['x-twilio-signature'];
  if (!signature) return false;
  try {
    return twilio.validateRequestWithBody(authToken.reveal(), signature, url, body);
  } catch {
    return false;
  }
}

function withQuery(url: string, query: string): string {
  return query === '' ? url : `${url}?${query}`;
}

function hasPort(origin: string): boolean {
  return /:\d+$/.test(origin);
}
