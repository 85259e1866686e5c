import { turnTaking } from '../../machines/turn-taking.ts';
import type { Bench, Figure } from './bench.ts';
import { firstSentenceMs } from './response-model.ts';
import { type ResponseTimes, type RunResult, run } from './response-run.ts';

const TIMES: ResponseTimes = { recognitionMs: 150, firstTokenMs: 350, tokenMs: 20, firstAudioMs: 100 };
/** Of the scripted voice activity, as of Silero's. */
const HANG_OVER_MS = 200;
/** A pause as where the flow listens patiently: the guess lives long enough for the model to have begun. */
const PATIENT_PAUSE_MS = 500;

/** Longer than hang-over and eager pause, shorter than hang-over and pause: the guess is made, and is wrong. */
const RESTS_MS = [280, 300, 320, 340, 360];
const PATIENT_RESTS_MS = [640, 660, 680];

/** From the caller's last voiced frame to the first agent frame, with a reply prepared early and without. */
export const response: Bench = {
  name: 'response',
  title: 'How long the caller waits for an answer, and what preparing it early saves and costs',
  async run({ calls, seconds, onProgress }) {
    const size = { times: TIMES, calls: Math.max(1, Math.round(calls / 50)), turns: seconds };
    onProgress('response without speculation');
    const without = await run({ ...size, manners: { eagerPauseMs: 0 }, usesTool: false, restsMs: RESTS_MS });
    onProgress('response with speculation');
    const prepared = await run({ ...size, manners: {}, usesTool: false, restsMs: RESTS_MS });
    onProgress('response with speculation, patiently and with tools');
    const patient = await run({
      ...size,
      manners: { completePauseMs: PATIENT_PAUSE_MS },
      usesTool: true,
      restsMs: PATIENT_RESTS_MS,
    });
    return {
      figures: [...timeFigures(without, prepared), ...costFigures('', prepared), ...patientFigures(patient)],
      profiles: {},
    };
  },
};

function timeFigures(without: RunResult, prepared: RunResult): Figure[] {
  const { completePauseMs, eagerPauseMs } = turnTaking.listening;
  const { recognitionMs, firstTokenMs, tokenMs, firstAudioMs } = TIMES;
  const replyMs = firstTokenMs + firstSentenceMs(tokenMs) + firstAudioMs;
  const certainMs = HANG_OVER_MS + completePauseMs + recognitionMs;
  const sumMs = certainMs + replyMs;
  const preparedSumMs = Math.max(certainMs, HANG_OVER_MS + eagerPauseMs + replyMs);
  // A reply that is ready before the turn is certain waits for that: no more can be saved than it takes.
  const gaveMs = Math.min(prepared.lead.p50, replyMs);
  const savedMs = without.response.p50 - prepared.response.p50;
  return [
    ...responseFigures('without speculation', without, sumMs),
    ...responseFigures('with speculation', prepared, preparedSumMs),
    {
      name: 'the eager signal gave',
      value: gaveMs,
      unit: 'ms',
      note: `${prepared.lead.count} right guesses`,
    },
    { name: 'saved, of the medians', value: savedMs, unit: 'ms' },
    { name: 'saved beside what was given', value: Math.abs(gaveMs - savedMs), unit: 'ms', target: 15 },
  ];
}

function responseFigures(how: string, { response: times, spoiled }: RunResult, sumMs: number): Figure[] {
  const note = `${times.count} turns${spoiled > 0 ? `, ${spoiled} more in which the agent came too soon` : ''}`;
  return [
    { name: `response ${how} p50`, value: times.p50, unit: 'ms', note },
    { name: `response ${how} p95`, value: times.p95, unit: 'ms' },
    { name: `sum of the parts ${how}`, value: sumMs, unit: 'ms' },
    { name: `ours ${how} p50`, value: times.p50 - sumMs, unit: 'ms', target: 10 },
    { name: `ours ${how} p95`, value: times.p95 - sumMs, unit: 'ms' },
  ];
}

function costFigures(how: string, { speculations, discarded, spent, wasted }: RunResult): Figure[] {
  return [
    {
      name: `discarded${how}`,
      value: percent(discarded, speculations),
      unit: '%',
      note: `${discarded} of ${speculations} guesses`,
    },
    {
      name: `extra tokens generated${how}`,
      value: percent(wasted.output, spent.output),
      unit: '%',
      note: `${wasted.output} beside ${spent.output}`,
    },
    {
      name: `extra tokens of prompts${how}`,
      value: percent(wasted.prompt, spent.prompt),
      unit: '%',
      note: `about ${wasted.prompt} beside ${spent.prompt}`,
    },
  ];
}

function patientFigures(patient: RunResult): Figure[] {
  const { toolsRunTooSoon, toolsRun, toolsAskedInVain } = patient;
  return [
    ...costFigures(', patiently', patient),
    {
      name: 'tools run by discarded replies',
      value: percent(toolsRunTooSoon, toolsRun),
      unit: '%',
      target: 0,
      note: `of ${toolsRun} run; discarded replies asked for ${toolsAskedInVain}`,
    },
  ];
}

function percent(part: number, whole: number): number {
  return (100 * part) / whole;
}
