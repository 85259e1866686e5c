import type { HttpRequest, HttpResponse } from '../../runtime/cloud/transport.ts';
import type { AfterStream } from '../../runtime/edge/edge-call.ts';
import type { EdgePlan } from '../../runtime/edge/edge-storage.ts';
import { errorResponse } from '../api/json-response.ts';
import { field } from '../telephony/form.ts';
import { socketUrl, webhookUrl } from '../telephony/public-url.ts';
import type { ExpectedCall } from '../telephony/reception.ts';
import { MEDIA_PATH } from '../telephony/routes.ts';
import type { CarrierAccess } from '../telephony/signature.ts';
import { connectStream, dial, hangUp, sayAndHangUp } from '../telephony/twiml.ts';
import {
  expectedCall,
  readWebhook,
  type StreamDefaults,
  streamParametersOf,
  streamWishesOf,
  type Webhook,
} from '../telephony/webhook.ts';

/** One call's object, as the webhooks ask it. */
export interface CallDoor {
  announce(plan: EdgePlan, token: string): Promise<void>;
  expectAgain(token: string): Promise<void>;
  afterStream(): Promise<AfterStream>;
  /** Returns whether the caller was served. */
  dialed(status: string): Promise<boolean>;
  status(status: string): Promise<void>;
}

export interface WebhookOptions {
  access: Pick<CarrierAccess, 'authorizeWebhook'>;
  /** Null: any account whose signature is right. */
  accountSid: string | null;
  defaults: StreamDefaults;
  /** The origin that the carrier calls. */
  origin: string;
  plan(expected: ExpectedCall): Promise<EdgePlan>;
  call(callSid: string): CallDoor;
  newToken(): string;
  onError(error: unknown): void;
}

export const VOICE_PATH = '/api/twilio/voice';
export const RESUME_PATH = '/api/twilio/resume';
export const DIALED_PATH = '/api/twilio/dialed';
export const STATUS_PATH = '/api/twilio/status';

const APOLOGY = 'Sorry, we cannot take your call right now. Please try again later.';
const APOLOGIES: Readonly<Record<string, string>> = {
  en: 'I am sorry, we have lost the connection and cannot go on with your call. Please call us again.',
  es: 'Lo siento, se ha perdido la conexión y no podemos seguir con su llamada. Por favor, vuelva a llamarnos.',
};

/** The carrier's webhooks at the edge: the same questions and answers as in the cloud, with one object for each call behind them. */
export function edgeWebhooks(options: WebhookOptions) {
  const { access, accountSid, defaults, origin, call, newToken, onError } = options;
  const answers: Readonly<Record<string, (webhook: Webhook) => Promise<HttpResponse>>> = {
    [VOICE_PATH]: voice,
    [RESUME_PATH]: resume,
    [DIALED_PATH]: dialed,
    [STATUS_PATH]: status,
  };

  async function voice(webhook: Webhook): Promise<HttpResponse> {
    const expected = expectedCall(webhook, defaults, false);
    const plan = await options.plan(expected);
    const token = newToken();
    await call(expected.callSid).announce(plan, token);
    const answer = connect(expected, token);
    const routedTo = plan.strategy === 'cloud-only' ? (plan.clouds[0] ?? 'none') : plan.start.node;
    return { ...answer, headers: { ...answer.headers, 'x-routed-to': routedTo } };
  }

  async function resume(webhook: Webhook): Promise<HttpResponse> {
    const door = call(webhook.callSid);
    const after = await door.afterStream();
    if (after.next === 'hangUp') return twiml(hangUp());
    if (after.next === 'apologise') return twiml(sayAndHangUp(apologyIn(after.language), after.language));
    const expected = expectedCall(webhook, defaults, true);
    if (after.next === 'dial') return twiml(dial(after.number, followUp(DIALED_PATH, expected)));
    return reconnect(webhook);
  }

  async function dialed(webhook: Webhook): Promise<HttpResponse> {
    const isServed = await call(webhook.callSid).dialed(field(webhook.form, 'DialCallStatus'));
    const isGone = ['completed', 'busy', 'failed', 'no-answer', 'canceled'].includes(
      field(webhook.form, 'CallStatus'),
    );
    return isServed || isGone ? twiml(hangUp()) : reconnect(webhook);
  }

  async function status(webhook: Webhook): Promise<HttpResponse> {
    await call(webhook.callSid).status(field(webhook.form, 'CallStatus'));
    return { status: 204 };
  }

  async function reconnect(webhook: Webhook): Promise<HttpResponse> {
    const token = newToken();
    await call(webhook.callSid).expectAgain(token);
    return connect(expectedCall(webhook, defaults, true), token);
  }

  /** The call's id is in the path, for the upgrade has to find its object before the stream says a word. */
  function connect(expected: ExpectedCall, token: string): HttpResponse {
    return twiml(
      connectStream({
        streamUrl: socketUrl(origin, `${MEDIA_PATH}/${expected.callSid}`),
        resumeUrl: followUp(RESUME_PATH, expected),
        token,
        parameters: streamParametersOf(expected),
      }),
    );
  }

  function followUp(path: string, expected: ExpectedCall): string {
    const wishes = new URLSearchParams(streamWishesOf(expected)).toString();
    return webhookUrl(origin, wishes === '' ? path : `${path}?${wishes}`);
  }

  return {
    paths: Object.keys(answers),

    /** Never throws: a caller whose call cannot be taken is told so. */
    async handle(request: HttpRequest): Promise<HttpResponse> {
      const refusal = access.authorizeWebhook(request);
      if (refusal) return refusal;
      const read = readWebhook(request, accountSid);
      if ('refuse' in read) return read.refuse;
      try {
        return (
          (await answers[request.path]?.(read.webhook)) ?? errorResponse(404, 'There is no such webhook.')
        );
      } catch (error) {
        onError(error);
        if (request.path === STATUS_PATH)
          return errorResponse(500, 'The status could not be kept. Send it again.');
        return twiml(sayAndHangUp(APOLOGY));
      }
    },
  };
}

function apologyIn(language: string): string {
  return APOLOGIES[language.split('-')[0] ?? ''] ?? (APOLOGIES.en as string);
}

function twiml(body: string): HttpResponse {
  return {
    status: 200,
    headers: { 'content-type': 'text/xml; charset=utf-8', 'cache-control': 'no-store' },
    body,
  };
}
