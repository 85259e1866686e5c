import VoiceResponse from 'twilio/lib/twiml/VoiceResponse.js';
import { validateRequest, validateRequestWithBody } from 'twilio/lib/webhooks/webhooks.js';

/** What this product uses of Twilio's SDK: signatures and TwiML. The whole of it, with its REST client, would not fit into a Worker. */
export default { validateRequest, validateRequestWithBody, twiml: { VoiceResponse } };
