import { type CallerHabit, callerHabits } from './caller.ts';
import type { Chance } from './chance.ts';
import { type LineFault, lineFaults } from './line-faults.ts';
import type { Part, PartTrouble } from './parts.ts';

/** What befalls providers. */
export const partFaults = [
  'modelFails',
  'modelBreaks',
  'modelStalls',
  'modelSlow',
  'voiceFails',
  'voiceBreaks',
  'voiceStalls',
  'voiceSlow',
  'recognitionFails',
  'recognitionStalls',
  'recognitionSlow',
] as const;
export type PartFault = (typeof partFaults)[number];

export const toolFaults = ['toolFails', 'toolAnswerLost', 'toolSlow', 'toolTooSlow'] as const;
export type ToolFault = (typeof toolFaults)[number];

/** What befalls machines and what lies between them. */
export const machineFaults = [
  'nodeKilled',
  'machineLost',
  'nodeDrained',
  'nodeSuspended',
  'databaseDown',
  'databaseSlow',
  'databaseLosesAnswers',
  'nodeCutFromDatabase',
  'nodeCutFromCarrier',
  'networkSlow',
] as const;
export type MachineFault = (typeof machineFaults)[number];

/** What befalls calls that come in at the edge. */
export const edgeFaults = ['handedOff', 'objectEvicted', 'edgeCutFromCloud'] as const;
export type EdgeFault = (typeof edgeFaults)[number];

export type FaultClass = CallerHabit | LineFault | PartFault | ToolFault | MachineFault | EdgeFault;
export const faultClasses: readonly FaultClass[] = [
  ...callerHabits,
  ...lineFaults,
  ...partFaults,
  ...toolFaults,
  ...machineFaults,
  ...edgeFaults,
];

/** Share of the calls that a fault of the line can befall; of the uses of a part that a fault of it strikes. */
const LINE_SHARE = 0.06;
const HABIT_SHARE = 0.3;
const LEAVING_SHARE = 0.12;
const PART_SHARE = 0.03;

/** What this call's caller is like and what its line will meet, of what the world allows. */
export function natureOf(
  allowed: ReadonlySet<FaultClass>,
  chance: Chance,
): { habits: Set<CallerHabit>; line: Set<LineFault> } {
  return {
    habits: new Set(callerHabits.filter(habit => chance.happens(shareOf(habit)) && allowed.has(habit))),
    line: new Set(lineFaults.filter(fault => chance.happens(LINE_SHARE) && allowed.has(fault))),
  };
}

/** Most callers stay to the end, so that there is something to lose. */
function shareOf(habit: CallerHabit): number {
  return habit.startsWith('hangsUp') ? LEAVING_SHARE : HABIT_SHARE;
}

const kinds: Record<Part, readonly PartFault[]> = {
  model: ['modelFails', 'modelBreaks', 'modelStalls', 'modelSlow'],
  voice: ['voiceFails', 'voiceBreaks', 'voiceStalls', 'voiceSlow'],
  recognition: ['recognitionFails', 'recognitionStalls', 'recognitionSlow'],
};

/** Whether this use of a part goes wrong, and how. */
export function drawTrouble(
  part: Part,
  allowed: ReadonlySet<FaultClass>,
  chance: Chance,
): { fault: PartFault; trouble: PartTrouble } | null {
  if (!chance.happens(PART_SHARE)) return null;
  const fault = chance.pick(kinds[part]);
  return allowed.has(fault) ? { fault, trouble: troubleOf(fault, chance) } : null;
}

function troubleOf(fault: PartFault, chance: Chance): PartTrouble {
  if (fault.endsWith('Fails')) return { kind: 'fails' };
  if (fault.endsWith('Breaks')) return { kind: 'breaks' };
  // An adapter gives a stalled model up after so long, and a stalled voice.
  if (fault === 'modelStalls') return { kind: 'stalls', ms: chance.between(5_000, 11_000) };
  if (fault.endsWith('Stalls')) return { kind: 'stalls', ms: 4_000 };
  return { kind: 'slow', ms: chance.between(500, 3_500) };
}
