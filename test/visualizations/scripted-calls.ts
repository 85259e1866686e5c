import type { CallOpening, CallRow, CallStep } from '../../src/console/protocol.ts';

const STATES = [
  ['floor.listening.hearing', 'caller'],
  ['floor.listening.quiet', 'nobody'],
  ['floor.replying.speaking', 'agent'],
  ['floor.replying.thinking', 'nobody'],
  ['floor.waitingForMore.pausing', 'nobody'],
] as const;
const FLOW_STATES = ['takingNumber.asking', 'takingNumber.confirming', 'lookingUp', 'answering.orderFound'];
const FLOWS = ['order-status', 'appointment-booking'];
const AGENTS = ['default', 'support', 'night-desk'];
/** Long ago enough to have durations of every length. */
const STARTED = 1_780_000_000_000;

/** A live call as the server would list it; the same number gives the same call. */
export function rowOf(number: number, now = STARTED): CallRow {
  const [state, speaking] = STATES[number % STATES.length]!;
  return {
    callSid: `CA${number.toString(16).padStart(32, '0')}`,
    callId: `call-${number}`,
    node: number % 9 === 0 ? 'node-2' : 'node-1',
    placement: 'cloud',
    cameFrom: number % 9 === 0 ? (number % 2 === 0 ? 'edge-iad' : 'node-1') : null,
    direction: number % 7 === 0 ? 'outbound' : 'inbound',
    from: `+1202555${String(number % 10_000).padStart(4, '0')}`,
    to: '+12025550100',
    agent: AGENTS[number % AGENTS.length]!,
    flow: FLOWS[number % FLOWS.length]!,
    flowVersion: '4c1d07aa92',
    startedAt: now - (number % 900) * 1_000,
    state,
    flowState: FLOW_STATES[number % FLOW_STATES.length]!,
    speaking,
    turns: number % 12,
    recognition: 'deepgram',
    synthesis: 'azure',
    model: number % 3 === 0 ? null : 'claude-haiku-4-5',
    responseMs: number % 11 === 0 ? null : 380 + ((number * 137) % 1_300),
    costUsd: number % 3 === 0 ? null : (number % 40) / 1_000,
    warnings: number % 17 === 0 ? 1 : 0,
  };
}

/** The same call a moment later. */
export function moved(row: CallRow, beat: number): CallRow {
  const [state, speaking] = STATES[(beat + row.turns) % STATES.length]!;
  return {
    ...row,
    state,
    speaking,
    turns: row.turns + 1,
    flowState: FLOW_STATES[beat % FLOW_STATES.length]!,
    responseMs: 380 + ((row.startedAt + beat * 211) % 1_300),
  };
}

export function openingOf(callSid: string): CallOpening {
  const { callId, node, placement, direction, from, to, agent, flow, flowVersion, startedAt } = rowOf(1);
  return {
    ...{ callSid, callId, node, placement, direction, from, to, agent, flow, flowVersion, startedAt },
    isHere: true,
    language: 'en-US',
    parameters: {},
    status: 'live',
    summary: null,
    hasAudio: false,
    chart: 'followed',
    redacted: false,
  };
}

export const STEPS: readonly CallStep[] = [
  {
    seq: 0,
    atMs: 0,
    event: 'begins',
    states: ['call.live.floor.replying.greeting'],
    transitions: [],
    flow: {
      state: 'takingNumber.greeting',
      states: ['orderStatus.takingNumber.greeting'],
      transitions: [],
      facts: {},
      choices: [
        { event: 'caller.saysNumber', description: 'The caller says an order number.' },
        { event: 'caller.wantsPerson', description: 'The caller wants to speak to a person.' },
      ],
    },
    timers: [],
  },
];
