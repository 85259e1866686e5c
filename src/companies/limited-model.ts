import type { Clock } from '../../runtime/clock.ts';
import type { LanguageModel } from '../../runtime/ports.ts';
import type { Log } from '../storage/log.ts';
import type { LimitCheck } from './usage-ledger.ts';

/** A caller waits no longer than this for the database; then the model is asked. */
const CHECK_TIMEOUT_MS = 500;

export interface LimitedModelOptions {
  model: LanguageModel;
  /** Answers when the model may not be asked. */
  flow: LanguageModel;
  clock: Clock;
  log: Log;
  /** Null: nobody's limits hold. */
  check(callId: string): Promise<LimitCheck | null>;
}

/** A model that is asked only while limits allow it. A check that fails is no reason to leave a caller without an answer. */
export function limitedModel({ model, flow, clock, log, check }: LimitedModelOptions): LanguageModel {
  async function checked(callId: string): Promise<LimitCheck | null> {
    let timer: ReturnType<Clock['setTimeout']> = null;
    const late = new Promise<never>((_, reject) => {
      const message = `the check took longer than ${CHECK_TIMEOUT_MS} ms`;
      timer = clock.setTimeout(() => reject(new Error(message)), CHECK_TIMEOUT_MS);
    });
    try {
      return await Promise.race([check(callId), late]);
    } catch (error) {
      log.warn(
        { callId, error: (error as Error).message },
        'Limits could not be checked; the model is asked.',
      );
      return null;
    } finally {
      clock.clearTimeout(timer);
    }
  }

  return {
    name: model.name,
    async *reply(request, signal) {
      // Lines that are said as they are written cost nothing.
      const isWritten = request.said === null && request.rounds.length === 0 && !request.flow.improvise;
      const outcome = isWritten ? null : await checked(request.callId);
      if (signal.aborted) return;
      if (outcome?.decision !== 'refuse') {
        yield* model.reply(request, signal);
        return;
      }
      yield { type: 'explained', text: refusal(outcome) };
      yield* flow.reply(request, signal);
    },
  };
}

function refusal({ limit }: LimitCheck): string {
  const which = limit ? ` (${limit.scope}, ${limit.period})` : '';
  return `No model may be asked: the company's limit is used up${which}. The flow answers by itself.`;
}
