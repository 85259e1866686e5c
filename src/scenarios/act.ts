import { dirname, resolve } from 'node:path';
import { choicesBy } from '../../machines/flow-view.ts';
import { speakBriefly } from '../rehearsal/caller-audio.ts';
import { type Fault, faultyParts } from '../rehearsal/faults.ts';
import type { Rehearsal } from '../rehearsal/rehearsal.ts';
import type { FailureKind } from './failure.ts';
import type { FaultStep } from './format.ts';
import type { Hear } from './hear.ts';
import { plainChoice } from './moment.ts';
import { waysToSay } from './phrases.ts';
import type { Step } from './read-scenarios.ts';
import { readDuration } from './units.ts';

/** The step asks for what cannot be done where the call stands. */
export class ImpossibleStep extends Error {
  override readonly name = 'ImpossibleStep';
  readonly kind: FailureKind;

  constructor(kind: FailureKind, message: string) {
    super(message);
    this.kind = kind;
  }
}

export interface Acting {
  /** Recordings are found from here. */
  file: string;
  hear: Hear;
  /** Say the same in other words, heard more or less well. */
  varies: boolean;
}

const LEAST_CONFIDENCE = 0.75;
const MOST_CONFIDENCE = 0.97;

/** Lets the caller do what the step says, to its end. */
export async function act(rehearsal: Rehearsal, step: Step, acting: Acting): Promise<void> {
  if (acting.varies)
    rehearsal.confidence = LEAST_CONFIDENCE + (MOST_CONFIDENCE - LEAST_CONFIDENCE) * rehearsal.random();
  if (step.caller !== undefined) return rehearsal.callerSays(step.caller);
  if (step['caller any of'] !== undefined) return rehearsal.callerSays(phraseFor(rehearsal, step, acting));
  if (step.wav !== undefined) return playFile(rehearsal, step.wav, acting);
  if (step.keys !== undefined) return rehearsal.callerKeys(step.keys);
  if (step.silence !== undefined) return rehearsal.silence(step.silence);
  if (step.noise !== undefined) return rehearsal.noise(step.noise);
  if (step['hangs up']) return rehearsal.hangUp();
}

/** What is to go wrong from now on. The line is lost by itself, by who can wait for it. */
export function armFaults(rehearsal: Rehearsal, faults: FaultStep): void {
  for (const part of faultyParts) {
    const written = faults[part];
    if (written !== undefined) rehearsal.arm(part, readFault(written), faults.times);
  }
}

/** How long the line is lost for `lost, back after 3s`; null for ever. In milliseconds. */
export function lostForMs(line: string): number | null {
  const back = /back after (.+)$/.exec(line)?.[1];
  return back === undefined ? null : readDuration(back);
}

function readFault(written: string): Fault {
  const slow = /^slow by (.+)$/.exec(written)?.[1];
  if (slow !== undefined) return { kind: 'slow', byMs: readDuration(slow) ?? 0 };
  return { kind: written === 'stalls' ? 'stalls' : 'fails' };
}

function phraseFor(rehearsal: Rehearsal, step: Step, { varies }: Acting): string {
  const wanted = plainChoice(step['caller any of'] ?? '');
  const { choices, state } = rehearsal.flow;
  const open = choicesBy(choices, 'voice');
  const choice = open.find(({ event }) => plainChoice(event) === wanted);
  if (!choice) {
    const names = open.map(({ event }) => plainChoice(event)).join(', ') || 'none';
    throw new ImpossibleStep(
      'wrong state',
      `'${wanted}' is no choice by voice in ${state}; there are: ${names}`,
    );
  }
  const ways = waysToSay(choice, step.with);
  const way = ways[varies ? Math.floor(rehearsal.random() * ways.length) : 0];
  if (way === undefined)
    throw new ImpossibleStep(
      'wrong facts',
      `'${wanted}' needs a value for its slots: write them under \`with\``,
    );
  return way;
}

/** The recogniser hears the recording against the phrases of this moment; the call hears its words, as long as it lasts. */
async function playFile(rehearsal: Rehearsal, wav: string, { file, hear }: Acting): Promise<void> {
  const path = resolve(dirname(file), wav);
  const heard = await hear(path, rehearsal.flow, rehearsal.call.start.language).catch((error: Error) => {
    throw new ImpossibleStep('stuck', error.message);
  });
  const words = heard.text.split(' ').filter(Boolean);
  const before = rehearsal.confidence;
  rehearsal.confidence = heard.confidence;
  const each = Math.round(heard.voiceMs / Math.max(1, words.length));
  const told = `“${heard.text}” (${wav})`;
  if (words.length > 0)
    await rehearsal.callerUtters(speakBriefly(words.map(word => ({ word, ms: each }))), told);
  else await rehearsal.noise(heard.voiceMs);
  rehearsal.confidence = before;
}
