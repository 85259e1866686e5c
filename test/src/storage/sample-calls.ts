import { randomUUID } from 'node:crypto';
import type { CallStart, CallSummary, LogEntry, Turn } from '../../../runtime/journal.ts';

export function sampleStart(overrides: Partial<CallStart> = {}): CallStart {
  const callId = overrides.callId ?? `call:${randomUUID()}`;
  return {
    callId,
    callSid: `CA${callId}`,
    node: 'node-a',
    from: '+15550100',
    to: '+15550199',
    direction: 'inbound',
    flow: 'order-status',
    flowVersion: 'abc',
    language: 'en-US',
    startedAt: Date.UTC(2026, 0, 2, 3, 4, 5, 678),
    parameters: { edge_region: 'ie1' },
    ...overrides,
  };
}

export function sampleSummary(start: CallStart, overrides: Partial<CallSummary> = {}): CallSummary {
  return {
    ...start,
    endedAt: start.startedAt + 12_340,
    outcome: 'hungUp',
    turns: [sampleTurn()],
    unanswered: [],
    facts: { order: '1234' },
    ...overrides,
  };
}

export function sampleTurn(overrides: Partial<Turn> = {}): Turn {
  return {
    turn: 1,
    purpose: 'answer',
    atMs: 900.25,
    caller: { text: 'where is my order', confidence: 0.9, by: 'voice' },
    agent: { generated: 'It left on Monday.', heard: 'It left on Monday.', interrupted: false },
    choices: [],
    tools: [],
    explanations: [],
    usage: [],
    stages: {
      endpointMs: 500,
      firstTokenMs: 100,
      firstAudioMs: 150,
      firstFrameMs: 160,
      firstMarkMs: null,
      overheadMs: 10,
    },
    ...overrides,
  };
}

export function heard(seq: number, text: string): LogEntry {
  return {
    seq,
    atMs: seq * 10 + 0.5,
    kind: 'event',
    event: { type: 'caller.finished', utterance: seq, text, confidence: 1, by: 'voice' },
  };
}
