import type { ToolContext } from '../../runtime/ports.ts';
import type { ToolWorld } from './tool-world.ts';

/** As many answers are kept for requests that come twice; the oldest is forgotten first. */
const MOST_KEPT = 10_000;

/** Waits as a real back office would let one wait. Throws when aborted, and leaves no timer. */
export function pause({ clock, toolDelayMs }: ToolWorld, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const stop = () => {
      clock.clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = clock.setTimeout(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    }, toolDelayMs);
    signal.addEventListener('abort', stop, { once: true });
  });
}

/** Does what a request asks for once, however often the same request comes; each time with the same answer. */
export class OncePerRequest<Answer> {
  readonly #answers = new Map<string, Answer>();

  do({ idempotencyKey }: Pick<ToolContext, 'idempotencyKey'>, act: () => Answer): Answer {
    const known = this.#answers.get(idempotencyKey);
    if (known !== undefined) return known;
    const answer = act();
    this.#answers.set(idempotencyKey, answer);
    const [oldest] = this.#answers.keys();
    if (this.#answers.size > MOST_KEPT && oldest !== undefined) this.#answers.delete(oldest);
    return answer;
  }
}

/** One of `values`. Throws with what there is to choose from. */
export function readOneOf<Value extends string>(
  tool: string,
  name: string,
  given: unknown,
  values: readonly Value[],
): Value {
  if (values.includes(given as Value)) return given as Value;
  throw new TypeError(`${tool} needs ${name}, one of ${values.join(', ')}.`);
}

/** Digits, exactly `length` of them. */
export function readDigits(tool: string, name: string, given: unknown, length: number): string {
  if (typeof given === 'string' && /^\d+$/.test(given) && given.length === length) return given;
  throw new TypeError(`${tool} needs ${name} of ${length} digits.`);
}

/** Words that may be missing; an empty text is none. */
export function readText(tool: string, name: string, given: unknown): string | null {
  if (given === undefined || given === '') return null;
  if (typeof given === 'string') return given;
  throw new TypeError(`${tool} takes ${name} as a text.`);
}
