import type { LanguageModel, ModelEvent, ModelRequest } from '../../runtime/ports.ts';
import { askAgain } from '../providers/embedded/navigator/lines.ts';
import { audioQualityOf, isTooBadlyHeard } from './audio-quality.ts';

/** Asks the caller to repeat what was heard too badly, and `model` about everything else. */
export function withQualityGate(model: LanguageModel): LanguageModel {
  return {
    name: model.name,
    reply: (request, signal) =>
      isTooBadlyHeard(request) ? repeatPlease(request) : model.reply(request, signal),
  };
}

async function* repeatPlease(request: ModelRequest): AsyncGenerator<ModelEvent> {
  const { confidence = 0, turns = 1 } = audioQualityOf(request) ?? {};
  const over = turns === 1 ? '' : ` over ${turns} turns`;
  const text = `The caller is asked to repeat and no model is asked, because the line is bad (confidence ${confidence.toFixed(2)}${over}).`;
  yield { type: 'explained', text };
  yield { type: 'text', text: askAgain(request.flow, request.misunderstood) };
  yield { type: 'end', reason: 'notUnderstood' };
}
