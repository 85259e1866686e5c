import type { HttpRequest, HttpResponse } from '../../runtime/cloud/transport.ts';
import { errorResponse } from '../api/json-response.ts';
import { type Form, field, isFormType, parseForm } from './form.ts';
import type { ExpectedCall } from './reception.ts';

/** A webhook of the carrier about one call. */
export interface Webhook {
  callSid: string;
  form: Form;
  query: Form;
}

/** Used where a webhook does not say. */
export interface StreamDefaults {
  edgeRegion: string;
  latencyTargetMs: number;
  qualityMode: string;
}

const QUALITY_MODES = ['ultra_low_latency', 'balanced', 'high_quality'];
const MAX_VALUE_LENGTH = 499;
const MAX_ADDRESS_LENGTH = 256;

/** Fields that say how the stream is to be. */
const streamFields = ['EdgeRegion', 'LatencyTarget', 'QualityMode'];

/** Fields kept with the call under their own names. A list, because Twilio also sends tokens (`CallToken`). */
const keptFields = new Set([
  ...streamFields,
  'CallerName',
  'ForwardedFrom',
  'ParentCallSid',
  'FromCity',
  'FromState',
  'FromZip',
  'FromCountry',
  'ToCity',
  'ToState',
  'ToZip',
  'ToCountry',
  'StirVerstat',
]);

/** Reads a form and checks whom it is about: the webhook, or the 4xx to answer with. */
export function readWebhook(
  request: HttpRequest,
  accountSid: string | null,
): { webhook: Webhook } | { refuse: HttpResponse } {
  if (!isFormType(request.headers['content-type']))
    return refuse(415, 'Send the fields as application/x-www-form-urlencoded.');

  const form = parseForm(request.body.toString('utf8'));
  const callSid = field(form, 'CallSid');
  if (!/^CA[0-9a-fA-F]{32}$/.test(callSid))
    return refuse(400, 'CallSid must be CA followed by 32 hexadecimal digits.');
  if (accountSid !== null && field(form, 'AccountSid') !== accountSid)
    return refuse(403, 'AccountSid is not the account that this server answers for (TWILIO_ACCOUNT_SID).');

  return { webhook: { callSid, form, query: parseForm(request.query) } };
}

/** The call that a webhook announces. Odd values of optional fields never turn a caller away: defaults step in. */
export function expectedCall(webhook: Webhook, defaults: StreamDefaults, resume: boolean): ExpectedCall {
  const { callSid, form } = webhook;
  return {
    callSid,
    accountSid: field(form, 'AccountSid'),
    from: field(form, 'From').slice(0, MAX_ADDRESS_LENGTH),
    to: field(form, 'To').slice(0, MAX_ADDRESS_LENGTH),
    direction: field(form, 'Direction').startsWith('outbound') ? 'outbound' : 'inbound',
    callStatus: field(form, 'CallStatus'),
    parameters: { ...keptParameters(webhook), ...streamParameters(webhook, defaults) },
    resume,
  };
}

/** What of a call's parameters travels with its stream. The rest waits at the reception. */
export function streamParametersOf(call: ExpectedCall): Record<string, string> {
  const { edge_region = '', latency_target = '', quality_mode = '' } = call.parameters;
  return { edge_region, latency_target, quality_mode };
}

/** The stream fields that the webhook itself had. */
export function streamWishesOf(call: ExpectedCall): Record<string, string> {
  const wishes = streamFields.map(name => [name, call.parameters[name]] as const);
  return Object.fromEntries(wishes.filter((wish): wish is [string, string] => wish[1] !== undefined));
}

function streamParameters(webhook: Webhook, defaults: StreamDefaults): Record<string, string> {
  const region = given(webhook, 'EdgeRegion');
  const targetMs = given(webhook, 'LatencyTarget');
  const mode = given(webhook, 'QualityMode');
  return {
    edge_region: /^[A-Za-z0-9_-]{1,32}$/.test(region) ? region : defaults.edgeRegion,
    latency_target: /^[1-9]\d{0,4}$/.test(targetMs) ? targetMs : String(defaults.latencyTargetMs),
    quality_mode: QUALITY_MODES.includes(mode) ? mode : defaults.qualityMode,
  };
}

function keptParameters(webhook: Webhook): Record<string, string> {
  const names = new Set([...Object.keys(webhook.query), ...Object.keys(webhook.form)].filter(isKept));
  const values = [...names].map(name => [name, given(webhook, name).slice(0, MAX_VALUE_LENGTH)] as const);
  return Object.fromEntries(values.filter(([, value]) => value !== ''));
}

function isKept(name: string): boolean {
  return keptFields.has(name) || /^SipHeader_[A-Za-z0-9_-]{1,64}$/.test(name);
}

/** Of the form, or else of the query: the address in the carrier's console may carry fields of its own. */
function given({ form, query }: Webhook, name: string): string {
  return field(form, name) || field(query, name);
}

function refuse(status: number, error: string): { refuse: HttpResponse } {
  return { refuse: errorResponse(status, error) };
}
