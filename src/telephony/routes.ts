import type { HttpRequest, HttpResponse, HttpRoute } from '../../runtime/cloud/transport.ts';
import { errorResponse } from '../api/json-response.ts';
import { ROUTED_TO } from '../regions/routed-to.ts';
import { cannotGoOn } from './apologies.ts';
import { type CallRouting, ROUTED_FROM, type RoutedCall } from './call-routing.ts';
import { field } from './form.ts';
import { socketUrl, webhookUrl } from './public-url.ts';
import type { ExpectedCall, Reception } from './reception.ts';
import type { CarrierAccess } from './signature.ts';
import { connectStream, dial, hangUp, rejectBusy, sayAndHangUp, sendOn } from './twiml.ts';
import {
  expectedCall,
  readWebhook,
  type StreamDefaults,
  streamParametersOf,
  streamWishesOf,
  type Webhook,
} from './webhook.ts';

export const MEDIA_PATH = '/twilio/media';
const VOICE_PATH = '/api/twilio/voice';
export const RESUME_PATH = '/api/twilio/resume';
const DIALED_PATH = '/api/twilio/dialed';
const STATUS_PATH = '/api/twilio/status';
/** Field of the addresses that the carrier asks later. */
const TENURE = 'Tenure';

const DIAL_STATUSES = ['completed', 'answered', 'busy', 'no-answer', 'failed', 'canceled'] as const;
const ENDED_STATUSES = ['completed', 'busy', 'failed', 'no-answer', 'canceled'] as const;
const CALL_STATUSES = [
  'queued',
  'initiated',
  'ringing',
  'answered',
  'in-progress',
  ...ENDED_STATUSES,
] as const;

export type DialStatus = (typeof DIAL_STATUSES)[number];
export type CallStatus = (typeof CALL_STATUSES)[number];

/** What becomes of a call whose stream is over. `apologise`: nobody can go on with it; `language` is the call's. */
export type AfterStream =
  | { next: 'hangUp' }
  | { next: 'reconnect' }
  | { next: 'dial'; number: string }
  | { next: 'apologise'; language: string };

/** What the webhooks ask of whoever runs the calls. Any of the calls it is asked about may be unknown to it. */
export interface CallDesk {
  readonly liveCalls: number;
  /** No new calls; those that are live go on. */
  readonly draining: boolean;
  /** Whether the call is live here. */
  has(callSid: string): boolean;
  /** Counts the nodes that have had the call, up to this one; null where it is not known, or not here. */
  tenureOf(callSid: string): number | null;
  /**
   * Lets go of a call that is another node's by now, which a machine that stood still or was cut off may not have heard. `tenure`: of
   * whoever told the carrier to ask; 0 where it did not say. Returns whether there was one.
   */
  forgetIfTaken(callSid: string, tenure: number): Promise<boolean>;
  /** The stream is over, by either side or by accident. `hangUp` for calls that nobody knows. */
  afterStream(callSid: string): AfterStream | Promise<AfterStream>;
  /** A person was rung. Unless they answered, a new stream of the same call follows. */
  onDialed(callSid: string, status: DialStatus): void | Promise<void>;
  onStatus(callSid: string, status: CallStatus): void | Promise<void>;
}

/** Other nodes, which may answer a webhook in this one's place. Null: it is answered here. */
export interface OtherNodes {
  answerNew(request: HttpRequest): Promise<HttpResponse | null>;
  /** `isTaken`: another has taken the call from this node. */
  answerKnown(request: HttpRequest, callSid: string, isTaken: boolean): Promise<HttpResponse | null>;
}

export interface TwilioRoutesOptions {
  access: CarrierAccess;
  reception: Reception;
  desk: CallDesk;
  /** The origin that the carrier calls. A function: a free port is known only once the server listens. */
  origin: () => string;
  /** The origin where the carrier reaches this very node, for its streams. Default: `origin`. */
  streamOrigin?: () => string;
  /** Default: there are none. */
  otherNodes?: OtherNodes | null;
  maxCalls: number;
  defaults: StreamDefaults;
  /** Null: any account whose signature is right. */
  accountSid: string | null;
  /** Which calls other regions work on. Default: none. */
  routing?: CallRouting;
  /** Hears what the desk threw and which streams never came. The caller hears `apology`. */
  onError: (error: unknown) => void;
  apology?: string;
}

type Answer = (webhook: Webhook, request: HttpRequest) => HttpResponse | Promise<HttpResponse>;

/** The carrier's webhooks. They answer with TwiML, or with a 4xx and a sentence; they never throw. */
export function twilioRoutes(options: TwilioRoutesOptions): HttpRoute[] {
  const { access, reception, desk, origin, defaults, onError, otherNodes } = options;
  const streamOrigin = options.streamOrigin ?? origin;
  const apology = options.apology ?? 'Sorry, we cannot take your call right now. Please try again later.';

  async function voice(webhook: Webhook, request: HttpRequest): Promise<HttpResponse> {
    const elsewhere = await otherNodes?.answerNew(request);
    if (elsewhere) return elsewhere;
    const call = expectedCall(webhook, defaults, false);
    // A repeated webhook is not a second call.
    reception.withdraw(call.callSid);
    const isFull = desk.liveCalls + reception.waitingCalls >= options.maxCalls;
    const canTake = !desk.draining && !isFull;
    const routedFrom = field(webhook.query, ROUTED_FROM);
    const routed = await options.routing?.route(call, { canTake, routedFrom });
    if (routed && !('here' in routed)) return leave(call, routed);
    if (!canTake) return turnAway(call);
    return connect({ ...call, parameters: { ...call.parameters, ...routed?.parameters } });
  }

  /** The other region's own webhook takes it from there. */
  function leave(call: ExpectedCall, routed: Exclude<RoutedCall, { here: true }>): HttpResponse {
    if ('refusal' in routed) return twiml(sayAndHangUp(apology));
    const { origin, region, from } = routed;
    const query = new URLSearchParams({ ...streamWishesOf(call), [ROUTED_FROM]: from });
    return twiml(sendOn(webhookUrl(origin, `${VOICE_PATH}?${query}`)), { [ROUTED_TO]: region });
  }

  async function resume(webhook: Webhook, request: HttpRequest): Promise<HttpResponse> {
    const { callSid } = webhook;
    const waiting = reception.withdraw(callSid);
    if (waiting && !waiting.resume) return neverConnected(callSid);
    const elsewhere = await answerElsewhere(webhook, request);
    if (elsewhere) return elsewhere;

    const after = await desk.afterStream(callSid);
    if (after.next === 'hangUp') return twiml(hangUp());
    if (after.next === 'apologise') {
      const { text, language } = cannotGoOn(after.language);
      return twiml(sayAndHangUp(text, language));
    }
    const call = expectedCall(webhook, defaults, true);
    return after.next === 'dial' ? twiml(dial(after.number, followUp(DIALED_PATH, call))) : connect(call);
  }

  async function dialed(webhook: Webhook, request: HttpRequest): Promise<HttpResponse> {
    const status = oneOf(DIAL_STATUSES, field(webhook.form, 'DialCallStatus'));
    if (!status) return errorResponse(400, `DialCallStatus must be one of ${DIAL_STATUSES.join(', ')}.`);
    const elsewhere = await answerElsewhere(webhook, request);
    if (elsewhere) return elsewhere;

    await desk.onDialed(webhook.callSid, status);
    const callerIsGone = oneOf(ENDED_STATUSES, field(webhook.form, 'CallStatus')) !== null;
    const isServed = status === 'completed' || status === 'answered';
    return isServed || callerIsGone ? twiml(hangUp()) : connect(expectedCall(webhook, defaults, true));
  }

  async function status(webhook: Webhook, request: HttpRequest): Promise<HttpResponse> {
    const callStatus = oneOf(CALL_STATUSES, field(webhook.form, 'CallStatus'));
    if (!callStatus) return errorResponse(400, `CallStatus must be one of ${CALL_STATUSES.join(', ')}.`);
    const elsewhere = await answerElsewhere(webhook, request);
    if (elsewhere) return elsewhere;

    await desk.onStatus(webhook.callSid, callStatus);
    return { status: 204 };
  }

  /** Of a call that is not here, and not on its way to here. */
  async function answerElsewhere(webhook: Webhook, request: HttpRequest): Promise<HttpResponse | null> {
    const { callSid, query } = webhook;
    const isTaken = await desk.forgetIfTaken(callSid, Number(field(query, TENURE)) || 0);
    if (desk.has(callSid) || reception.expects(callSid)) return null;
    return (await otherNodes?.answerKnown(request, callSid, isTaken)) ?? null;
  }

  function connect(call: ExpectedCall): HttpResponse {
    const token = reception.announce(call);
    return twiml(
      connectStream({
        streamUrl: socketUrl(streamOrigin(), MEDIA_PATH),
        resumeUrl: followUp(RESUME_PATH, call),
        token,
        parameters: streamParametersOf(call),
      }),
    );
  }

  /**
   * What the first webhook asked of the stream goes along, for only that one had it in its address; and whose word this is, for a
   * node that had the call before.
   */
  function followUp(path: string, call: ExpectedCall): string {
    const tenure = desk.tenureOf(call.callSid);
    const said = { ...streamWishesOf(call), ...(tenure !== null && { [TENURE]: String(tenure) }) };
    const query = new URLSearchParams(said).toString();
    return webhookUrl(origin(), query === '' ? path : `${path}?${query}`);
  }

  /** `<Reject>` is for calls that nobody has answered yet. */
  function turnAway(call: ExpectedCall): HttpResponse {
    const isRinging = call.direction === 'inbound' && call.callStatus === 'ringing';
    return twiml(isRinging ? rejectBusy() : sayAndHangUp(apology));
  }

  /** Trying again would go round for ever: what kept this stream away would keep the next. */
  function neverConnected(callSid: string): HttpResponse {
    onError(
      new Error(
        `The media stream of ${callSid} never came. ` +
          `Check that NODE_URL, or else PUBLIC_URL, passes WebSocket upgrades on ${MEDIA_PATH} to this server.`,
      ),
    );
    return twiml(sayAndHangUp(apology));
  }

  function route(path: string, answer: Answer, whenItFails: () => HttpResponse): HttpRoute {
    return { method: 'POST', path, handle: request => handle(request, answer, whenItFails) };
  }

  async function handle(
    request: HttpRequest,
    answer: Answer,
    whenItFails: () => HttpResponse,
  ): Promise<HttpResponse> {
    const refusal = access.authorizeWebhook(request);
    if (refusal) return refusal;

    const read = readWebhook(request, options.accountSid);
    if ('refuse' in read) return read.refuse;

    try {
      return await answer(read.webhook, request);
    } catch (error) {
      onError(error);
      return whenItFails();
    }
  }

  const apologise = () => twiml(sayAndHangUp(apology));
  return [
    route(VOICE_PATH, voice, apologise),
    route(RESUME_PATH, resume, apologise),
    route(DIALED_PATH, dialed, apologise),
    route(STATUS_PATH, status, () => errorResponse(500, 'The status could not be kept. Send it again.')),
  ];
}

function twiml(body: string, headers: Readonly<Record<string, string>> = {}): HttpResponse {
  return {
    status: 200,
    headers: { 'content-type': 'text/xml; charset=utf-8', 'cache-control': 'no-store', ...headers },
    body,
  };
}

function oneOf<Value extends string>(values: readonly Value[], text: string): Value | null {
  return values.find(value => value === text) ?? null;
}
