import type { LanguageModel, ModelEvent, ModelRequest } from '../../runtime/ports.ts';
import { askAgain } from '../providers/embedded/navigator/lines.ts';
import { flowHearing, type Hearing, hearingOf } from './audio-quality.ts';

/** Asks the caller to repeat what was heard too badly, waits where there was no voice, and asks `model` about everything else. */
export function withQualityGate(model: LanguageModel): LanguageModel {
  return gated(model, hearingOf);
}

/** The same before the flow itself, where no model is asked. */
export function withFlowGate(model: LanguageModel): LanguageModel {
  return gated(model, flowHearing);
}

function gated(model: LanguageModel, judge: (request: ModelRequest) => Hearing): LanguageModel {
  return {
    name: model.name,
    reply(request, signal) {
      const hearing = judge(request);
      if (hearing.as === 'heard') return model.reply(request, signal);
      return hearing.as === 'tooBad' ? repeatPlease(request, hearing.why) : waitFor(hearing.why);
    },
  };
}

async function* repeatPlease(request: ModelRequest, why: string): AsyncGenerator<ModelEvent> {
  const text = `The caller is asked to repeat and no model is asked, because ${why}.`;
  yield { type: 'explained', text };
  yield { type: 'text', text: askAgain(request.flow, request.misunderstood) };
  yield { type: 'end', reason: 'notUnderstood' };
}

async function* waitFor(why: string): AsyncGenerator<ModelEvent> {
  yield { type: 'explained', text: `The caller is waited for and no model is asked, because ${why}.` };
  yield { type: 'end', reason: 'waitForMore' };
}
