import { z } from 'zod';
import { readDuration } from './units.ts';
import { wrongPattern } from './words.ts';

/**
 * What a scenario file may say. Keys are words with spaces, because people read them; every description here is what an
 * editor shows beside the key.
 */

const DURATION_FORM = /^\d+(\.\d+)?\s*(ms|s|min)$/;
const FAULT_FORM = /^(fails|stalls|slow by \d+(\.\d+)?\s*(ms|s|min))$/;
const LINE_FORM = /^lost(, back after \d+(\.\d+)?\s*(ms|s|min))?$/;
const KEYS_FORM = /^[0-9*#A-D]+$/;

const text = z.string().min(1, 'write something');
const duration = z
  .string({ error: 'write a time with its unit, as 300ms, 1.2s or 2min' })
  .regex(DURATION_FORM, 'write a time with its unit, as 300ms, 1.2s or 2min')
  .transform(written => readDuration(written) as number);
const oneOrMore = z
  .union([text, z.array(text).min(1)], { error: 'write a text, or a list of texts' })
  .transform(given => [given].flat());
const wordsOrMore = oneOrMore.superRefine((all, context) => {
  for (const wanted of all) {
    const wrong = wrongPattern(wanted);
    if (wrong !== null) context.addIssue({ code: 'custom', message: `${wanted} is no pattern: ${wrong}` });
  }
});
/** YAML reads 1024 as a number; a fact is always a text. */
const factValue = z
  .union([z.string(), z.number(), z.boolean()], { error: 'write a value' })
  .transform(value => String(value));

const fault = z
  .string()
  .regex(FAULT_FORM, 'write fails, stalls, or slow by 2s')
  .meta({ examples: ['fails', 'stalls', 'slow by 3s'] });

export const outcomes = [
  'completed',
  'hungUp',
  'transferred',
  'silence',
  'lineLost',
  'tooLong',
  'overBudget',
  'providersFailed',
  'stopped',
] as const;

const outcome = z.enum(outcomes, { error: `write one of ${outcomes.join(', ')}` });

const faults = z
  .strictObject({
    model: fault.optional().describe('The language model, or what stands for it.'),
    recognition: fault.optional().describe('The ears, when they are asked what they have heard.'),
    voice: fault.optional().describe('The agent’s voice.'),
    tool: fault.optional().describe('The next tool.'),
    line: z
      .string()
      .regex(LINE_FORM, 'write lost, or lost, back after 3s')
      .optional()
      .describe('The carrier’s stream breaks off: `lost`, or `lost, back after 3s`.'),
    times: z
      .int()
      .min(1)
      .optional()
      .describe('How many uses meet the fault, one after the other. Default 1.'),
  })
  .describe('What goes wrong next: fails, stalls, or is slow by some time.');

const TOOL_ANSWER = 'write answers: { … } or fails: the error';
const toolAnswer = z.union(
  [
    z.strictObject({ answers: z.record(text, z.unknown()).describe('The result, field by field.') }),
    z.strictObject({ fails: text.describe('The error.') }),
  ],
  { error: TOOL_ANSWER },
);

const latency = duration.optional();
const given = z
  .strictObject({
    facts: z
      .record(text, factValue)
      .optional()
      .describe('What is known of the caller before the call begins.'),
    model: z
      .enum(['flow', 'hosted'])
      .optional()
      .describe(
        '`flow`: always without a language model. `hosted`: makes sense only with one, and is left out without --model.',
      ),
    latencies: z
      .strictObject({
        recognition: latency.describe('From the end of the caller’s turn to the words. Default 150ms.'),
        model: latency.describe('From the words to the answer. Default 350ms.'),
        voice: latency.describe('From a sentence to its first sound. Default 120ms.'),
        tool: latency.describe('How long each tool takes. Default 400ms.'),
      })
      .optional()
      .describe('How long the others take.'),
    faults: faults.optional(),
    tools: z
      .record(text, z.union([toolAnswer, z.array(toolAnswer).min(1)], { error: TOOL_ANSWER }))
      .optional()
      .describe(
        'What tools answer instead of being run; a list for one call after the other, of which the last stays. A tool that is answered for need not exist yet.',
      ),
    transfer: z
      .enum(['connects', 'fails', 'none'])
      .optional()
      .describe(
        'What becomes of a caller who is passed to a person. `none`: there is no number. Default connects.',
      ),
    confidence: z
      .number()
      .min(0)
      .max(1)
      .optional()
      .describe('How sure the ears are of what they hear, 0 … 1. Default 0.9.'),
    'caller number': text.optional().describe('As +12025550123.'),
  })
  .describe('How the world is before the call begins.');

const toolExpectation = z.union(
  [
    text,
    z.strictObject({
      name: text,
      input: z.record(text, factValue).optional().describe('Fields that the input must have had.'),
    }),
  ],
  { error: 'write the tool’s name, none, or { name: …, input: { … } }' },
);

const expectation = z
  .strictObject({
    flow: text
      .optional()
      .describe('Where the flow stands, as takingNumber.confirming, or a state around it.'),
    call: text.optional().describe('Where the call stands, as floor.listening, or a state around it.'),
    choice: oneOrMore
      .optional()
      .describe('The choices that the caller’s words made, in order, without `caller.`; or none.'),
    facts: z
      .record(text, factValue.or(z.null()))
      .optional()
      .describe('What is known now; null (~) for what must not be known.'),
    tool: toolExpectation.optional().describe('The tool that was called, with its input; or none.'),
    says: wordsOrMore
      .optional()
      .describe('Words that the caller heard in answer, wherever in it; /…/ for a regular expression.'),
    'does not say': wordsOrMore.optional().describe('Words that the caller must not have heard; /…/ too.'),
    interrupted: z.boolean().optional().describe('Whether what the caller did cut the agent off.'),
    'answers within': duration
      .optional()
      .describe('At most so long from the end of the caller’s turn to the first sound of the answer.'),
    'ended with': outcome.optional().describe('The call is over, and this is how.'),
    turns: z.int().min(0).optional().describe('How often the agent has answered the caller so far, at most.'),
    'after the call': z
      .strictObject({
        outcome: outcome.optional().describe('How the call ended; a call that goes on is hung up.'),
        unanswered: z.int().min(0).optional().describe('What the caller said and nobody answered.'),
        interruptions: z.int().min(0).optional().describe('How often the caller cut the agent off.'),
        'failed tools': z.int().min(0).optional().describe('How many calls of tools failed.'),
        facts: z.record(text, factValue.or(z.null())).optional().describe('What the record knows.'),
        summary: wordsOrMore
          .optional()
          .describe('Words of the summary that is written after the call; /…/ too.'),
      })
      .optional()
      .describe('What the record of the call says. Ends the call.'),
    judge: oneOrMore
      .optional()
      .describe(
        'What a language model must find true of the conversation so far, in plain words. Needs --judge.',
      ),
  })
  .describe('What must be so once the agent has answered.');

const actionShapes = {
  caller: text.optional().describe('What the caller says. `…` in it is a short hesitation.'),
  'caller any of': text
    .optional()
    .describe('A choice of the flow: the caller says one of its phrases, with --repeat another each time.'),
  wav: text
    .optional()
    .describe('A recording of the caller, which the embedded recogniser hears. Path from this file.'),
  keys: z
    .string({ error: 'write keys in quotes, as "1024#"' })
    .regex(KEYS_FORM, 'a telephone has the keys 0-9, *, # and A-D')
    .optional()
    .describe('Keys that the caller presses, in quotes: "1024#".'),
  silence: duration.optional().describe('The caller says nothing for so long.'),
  noise: duration.optional().describe('A cough, a door: a sound that is no word.'),
  'hangs up': z.literal(true, { error: 'write hangs up alone' }).optional().describe('The caller hangs up.'),
  fault: faults.optional(),
};

/** What a step may do; one of them. */
export const actions = Object.keys(actionShapes) as (keyof typeof actionShapes)[];
/** What the caller does, which may cut the agent off. */
export const interruptions = ['caller', 'caller any of', 'wav', 'keys', 'noise', 'hangs up'] as const;

const step = z.strictObject({
  ...actionShapes,
  with: z.record(text, factValue).optional().describe('For `caller any of`: what the phrase’s {slots} are.'),
  after: duration.optional().describe('So long into the agent’s reply, cutting it off.'),
  'after words': z
    .int()
    .min(1)
    .optional()
    .describe('After so many words of the agent’s reply, cutting it off.'),
  expect: expectation.optional(),
});

const scenario = z.strictObject({
  name: text.describe('What is to be shown, as a sentence.'),
  language: z
    .string()
    .regex(/^[a-z]{2,3}(-[A-Za-z0-9]+)*$/, 'write a language, as en or es-MX')
    .optional()
    .describe('What the caller speaks, as en or es-MX. Default: the flow’s first language.'),
  given: given.optional(),
  steps: z.array(step).min(1, 'write at least one step').describe('What happens, in order.'),
});

export const scenarioFile = z
  .array(scenario, { error: 'write a list of scenarios, each beginning with `- name:`' })
  .min(1, 'write at least one scenario');

export type Expectation = z.output<typeof expectation>;
export type Given = z.output<typeof given>;
export type FaultStep = z.output<typeof faults>;
export type StepFields = z.output<typeof step>;
export type ScenarioFields = z.output<typeof scenario>;
