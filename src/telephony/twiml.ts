import twilio from 'twilio';

/**
 * Answers to the carrier, as XML. Reference: twilio.com/docs/voice/twiml.
 */

export interface StreamPlan {
  /** Where the stream goes: a `wss` URL without a query, which Twilio would not carry (error 31920). */
  streamUrl: string;
  /** Asked what to do next once the stream is over, however it ended. */
  resumeUrl: string;
  token: string;
  parameters: Readonly<Record<string, string>>;
}

/** Twilio's limit for name and value of a parameter together is under 500. */
const MAX_PARAMETER_LENGTH = 499;
const RING_TIMEOUT_S = 25;

/** Connects the call to its media stream. Twilio never reconnects a lost stream; the redirect after it does. */
export function connectStream(plan: StreamPlan): string {
  if (plan.streamUrl.includes('?')) throw new Error('A stream URL may have no query: use parameters.');

  const response = new twilio.twiml.VoiceResponse();
  const stream = response.connect().stream({ url: plan.streamUrl });
  stream.parameter({ name: 'token', value: plan.token });
  for (const [name, value] of Object.entries(plan.parameters)) {
    const room = MAX_PARAMETER_LENGTH - name.length;
    if (name !== 'token' && room > 0) stream.parameter({ name, value: shortened(xmlSafe(value), room) });
  }
  response.redirect({ method: 'POST' }, plan.resumeUrl);
  return response.toString();
}

/** Has the carrier ask at another address what to do with the call. */
export function sendOn(url: string): string {
  const response = new twilio.twiml.VoiceResponse();
  response.redirect({ method: 'POST' }, url);
  return response.toString();
}

export function hangUp(): string {
  const response = new twilio.twiml.VoiceResponse();
  response.hangup();
  return response.toString();
}

/** Refuses a call that has not been answered: the caller hears the busy tone, and nobody is charged. */
export function rejectBusy(): string {
  const response = new twilio.twiml.VoiceResponse();
  response.reject({ reason: 'busy' });
  return response.toString();
}

/** Speaks with the carrier's own voice and hangs up, for when no stream can. */
export function sayAndHangUp(text: string, language?: string): string {
  const response = new twilio.twiml.VoiceResponse();
  // The SDK types `language` as a closed list of tags; Twilio takes any that its voices have.
  response.say(language ? { language: language as 'en-US' } : {}, xmlSafe(text));
  response.hangup();
  return response.toString();
}

/** Rings a person and bridges the caller to them; `actionUrl` is told how it went. */
export function dial(number: string, actionUrl: string): string {
  const response = new twilio.twiml.VoiceResponse();
  response.dial({ action: actionUrl, method: 'POST', timeout: RING_TIMEOUT_S }).number(number);
  return response.toString();
}

/** Cut without halving a character that takes two UTF-16 units. */
function shortened(text: string, maxLength: number): string {
  const cut = text.slice(0, maxLength);
  return /[\uD800-\uDBFF]$/.test(cut) ? cut.slice(0, -1) : cut;
}

/** Without what XML 1.0 cannot hold: one such character, and Twilio refuses the whole answer. */
function xmlSafe(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is removed.
  return text.replace(/[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]|\p{Surrogate}/gu, '');
}
