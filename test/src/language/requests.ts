import type { FlowView } from '../../../machines/flow-view.ts';
import type { ModelRequest } from '../../../runtime/ports.ts';
import type { Rung } from '../../../src/language/rung.ts';
import { allViews } from '../../machines/flows/order-status-states.ts';

/** A state of the order line. */
export function viewOf(state: string): FlowView {
  const view = allViews.find(one => one.state === state);
  if (!view) throw new Error(`The flow has no state ${state}.`);
  return view;
}

/** The caller answers the question for the order number. */
export function modelRequest(over: Partial<ModelRequest> = {}): ModelRequest {
  return {
    callId: 'CA1',
    turn: 2,
    step: 0,
    language: 'en-US',
    country: 'US',
    rounds: [],
    flow: viewOf('takingNumber.asking'),
    history: [],
    said: 'where is my parcel',
    by: 'voice',
    confidence: 0.95,
    misunderstood: 0,
    ...over,
  };
}

export function rung(over: Partial<Rung> = {}): Rung {
  return {
    provider: 'bedrock',
    region: 'us-east-1',
    model: 'claude-haiku-4-5',
    modelId: 'us.anthropic.claude-haiku-4-5-20251001-v1:0',
    role: 'fast',
    firstTokenMs: 500,
    thinking: { style: 'none' },
    ...over,
  };
}
