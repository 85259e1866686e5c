import type { CallEvent, Next, Outcome } from '../../../machines/call-events.ts';

/** Events as the tests of the chart send them; the numbers only matter where a test looks at them. */
export const spoke: CallEvent = { type: 'caller.spoke' };
export const paused: CallEvent = { type: 'caller.paused' };
export const unclear: CallEvent = { type: 'caller.unclear' };
export const wentOn: CallEvent = { type: 'caller.wentOn' };
export const hungUp: CallEvent = { type: 'caller.hungUp' };
export const keyed: CallEvent = { type: 'caller.keyed', digit: '1' };
export const lineLost: CallEvent = { type: 'line.lost', reason: 'test' };
export const lineResumed: CallEvent = { type: 'line.resumed' };
export const lineClosed: CallEvent = { type: 'line.closed' };
export const hearingFailed: CallEvent = { type: 'hearing.failed', error: 'test' };
export const voiceBegan: CallEvent = { type: 'voice.began', turn: 0 };
export const waits: CallEvent = { type: 'reply.waits', turn: 0 };
export const failed: CallEvent = { type: 'reply.failed', turn: 0, error: 'test' };
export const chose: CallEvent = { type: 'reply.chose', turn: 0, choice: 'caller.saysYes', facts: {} };
export const budgetExceeded: CallEvent = { type: 'budget.exceeded' };
export const transferConnected: CallEvent = { type: 'transfer.connected' };
export const transferFailed: CallEvent = { type: 'transfer.failed', reason: 'test' };
export const handOff: CallEvent = { type: 'placement.handOff' };
export const taken: CallEvent = { type: 'placement.taken' };
export const refused: CallEvent = { type: 'placement.refused', reason: 'test' };
export const requestedTools: CallEvent = {
  type: 'reply.requestedTools',
  turn: 0,
  calls: [{ id: 'tool-1', name: 'lookUp', input: {} }],
};
export const toolsFinished: CallEvent = {
  type: 'tools.finished',
  turn: 0,
  results: [{ id: 'tool-1', name: 'lookUp', result: {}, error: null }],
};
export const toolsFailed: CallEvent = {
  type: 'tools.finished',
  turn: 0,
  results: [{ id: 'tool-1', name: 'lookUp', result: null, error: 'test' }],
};

export const finished = (utterance = 1, text = 'yes'): CallEvent => ({
  type: 'caller.finished',
  utterance,
  text,
  confidence: 0.9,
  by: 'voice',
});
export const mayHaveFinished = (text = 'yes'): CallEvent => ({ type: 'caller.mayHaveFinished', text });
export const began = (uninterruptible = false): CallEvent => ({
  type: 'reply.began',
  turn: 0,
  uninterruptible,
});
export const heard = (next: Next = 'listen'): CallEvent => ({ type: 'voice.finished', turn: 0, next });
export const conclude = (outcome: Outcome = 'stopped'): CallEvent => ({ type: 'call.conclude', outcome });
export const transfer = (number: string | null = null): CallEvent => ({ type: 'call.transfer', number });
export const tookOver: CallEvent = { type: 'supervisor.tookOver', by: 'session 1' };
export const gaveBack: CallEvent = { type: 'supervisor.gaveBack', by: 'session 1' };
export const left: CallEvent = { type: 'supervisor.left', by: 'session 1' };
export const returned: CallEvent = { type: 'supervisor.returned', by: 'session 1' };
export const whispered = (say: boolean): CallEvent => ({
  type: 'supervisor.whispered',
  by: 'session 1',
  text: 'test',
  say,
});
export const hangUp = (outcome: Outcome = 'stopped'): CallEvent => ({ type: 'call.hangUp', outcome });

/** Up to the first word of the caller. */
export const greeted: readonly CallEvent[] = [began(), voiceBegan, heard()];
