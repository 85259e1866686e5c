import type { LanguageModel, ModelEvent, ModelRequest } from '../../../../runtime/ports.ts';
import { askAgain } from './lines.ts';
import { choose } from './match.ts';
import { type Pace, streamWords } from './stream-words.ts';

export type NavigatorOptions = Pace;

/**
 * The flow itself as language model: says the lines of its states and takes the choice that fits what was said. Needs
 * no network, invents nothing and costs nothing, so that it is also what remains when every model is down.
 */
export function openNavigator(options: NavigatorOptions): LanguageModel {
  return {
    name: 'navigator',
    async *reply(request, signal) {
      for await (const event of answer(request, options, signal)) {
        if (signal.aborted) return;
        yield event;
      }
    },
  };
}

async function* answer(
  request: ModelRequest,
  options: NavigatorOptions,
  signal: AbortSignal,
): AsyncIterable<ModelEvent> {
  const { flow, said } = request;
  if (said === null) {
    yield* arrive(request, options, signal);
    return;
  }

  const match = choose(said, request.by, request.confidence, flow.choices);
  if (match.outcome === 'chosen') {
    yield { type: 'choice', event: match.event, facts: match.facts };
    yield { type: 'end', reason: 'complete' };
  } else if (flow.tool) {
    // The caller spoke into the wait: the tool's result is still what the conversation needs.
    yield* arrive(request, options, signal);
  } else if (match.outcome === 'incomplete') {
    yield { type: 'end', reason: 'waitForMore' };
  } else {
    yield* streamWords(askAgain(flow, request.misunderstood), options, signal);
    yield { type: 'end', reason: 'notUnderstood' };
  }
}

/** The agent's own turn: the state's line, and its tool. */
async function* arrive(
  { callId, turn, step, flow }: ModelRequest,
  options: NavigatorOptions,
  signal: AbortSignal,
): AsyncIterable<ModelEvent> {
  if (flow.say) yield* streamWords(flow.say, options, signal);
  if (flow.tool) yield { type: 'toolCall', id: `${callId}:${turn}:${step}`, ...flow.tool };
  yield { type: 'end', reason: 'complete' };
}
