import { expect, it } from 'vitest';
import { reportOn } from '../../../src/jobs/call-report.ts';
import { sampleStart, sampleSummary, sampleTurn } from '../storage/sample-calls.ts';

const start = sampleStart({ callId: 'c1' });
const noStages = sampleTurn().stages;

const summary = sampleSummary(start, {
  outcome: 'transferred',
  unanswered: ['are you there'],
  turns: [
    sampleTurn({
      turn: 1,
      purpose: 'greeting',
      caller: null,
      agent: { generated: 'Hello, how can I help you today?', heard: 'Hello, how', interrupted: true },
      stages: {
        endpointMs: null,
        firstTokenMs: null,
        firstAudioMs: null,
        firstFrameMs: null,
        firstMarkMs: null,
        overheadMs: null,
      },
    }),
    sampleTurn({
      turn: 2,
      tools: [
        { id: 't1', name: 'lookUpOrder', result: { status: 'sent' }, error: null },
        { id: 't2', name: 'notifyDepot', result: null, error: 'timed out' },
      ],
    }),
    sampleTurn({
      turn: 3,
      caller: { text: '42', confidence: 1, by: 'keypad' },
      agent: { generated: 'One moment.', heard: '', interrupted: false },
      stages: { ...noStages, endpointMs: 700 },
    }),
  ],
});

it('counts what happened', () => {
  expect(reportOn(summary)).toMatchObject({
    durationS: 12.3,
    turns: 3,
    interruptions: 1,
    toolCalls: { succeeded: 1, failed: 1 },
    unanswered: 1,
    words: { caller: 8, agentSpoken: 13, agentHeard: 6 },
  });
});

it('gives measured percentiles for each stage that happened, and leaves the others out', () => {
  expect(reportOn(summary).stages).toEqual({
    endpointMs: { p50: 500, p95: 700, samples: 2 },
    firstTokenMs: { p50: 100, p95: 100, samples: 2 },
    firstAudioMs: { p50: 150, p95: 150, samples: 2 },
    firstFrameMs: { p50: 160, p95: 160, samples: 2 },
    overheadMs: { p50: 10, p95: 10, samples: 2 },
  });

  const hundred = Array.from({ length: 100 }, (_, n) =>
    sampleTurn({ stages: { ...noStages, endpointMs: 100 - n } }),
  );
  expect(reportOn({ ...summary, turns: hundred }).stages.endpointMs).toEqual({
    p50: 50,
    p95: 95,
    samples: 100,
  });
});

it('tells the call in plain words', () => {
  expect(reportOn(summary).summaryText.split('\n')).toEqual([
    '+15550100 called +15550199 on 2026-01-02 03:04 UTC and spoke with "order-status".',
    '1. the agent said "Hello, how" and was interrupted.',
    '2. the caller said "where is my order"; lookUpOrder was done; notifyDepot failed; the agent said "It left on Monday.".',
    '3. the caller keyed "42"; nothing of the answer was heard.',
    'Left unanswered: "are you there".',
    'The caller was passed to a person. It lasted 12.3 s.',
  ]);
});

it('shortens a long quotation without cutting a character in half', () => {
  const text = '😀'.repeat(500);
  const told = reportOn({ ...summary, unanswered: [text] }).summaryText;
  expect(told).toContain(`"${'😀'.repeat(159)}…"`);
  expect(Buffer.from(told).toString()).toBe(told);
});

it('says the same of the same call, of an empty one too', () => {
  const empty = sampleSummary(start, { turns: [], endedAt: start.startedAt - 50 });
  expect(reportOn(empty)).toEqual(reportOn(structuredClone(empty)));
  expect(reportOn(empty)).toMatchObject({ durationS: 0, turns: 0, stages: {} });
});
