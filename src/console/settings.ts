import { choice } from '../setting.ts';

/** What the console and the API show, and to whom it is left to act. */
export const consoleSettings = {
  REDACT_TRANSCRIPTS: choice(['off', 'on'], 'off', {
    description:
      'Whether the console and the API show marks instead of personal facts, digits, e-mail addresses and phone numbers. ' +
      'The records keep them. An agent may say otherwise: redact in AYBIZA_AGENTS.',
  }),
  CONSOLE_READ_ONLY: choice(['off', 'on'], 'off', {
    description: 'Whether those who come without the API key itself may only look, not act on calls.',
  }),
};
