import type { ToolCall, ToolResult } from '../../machines/call-events.ts';
import type { AtWork, Call } from '../call.ts';
import { CallTakenOver } from '../journal.ts';
import type { Tool, ToolLedger } from '../ports.ts';
import { inputText } from '../tool-ledger.ts';

/** Of something that changes the world, this is as bad as a failure. */
const MAY_BE_DONE = 'it may have been done all the same';

/**
 * A tool at work for a call, within its own time. It outlives the wait for it where the tool declares that it must finish;
 * whoever asks for the same again meanwhile waits for the same run.
 */
export class ToolRun implements AtWork {
  readonly name: string;
  readonly outcome: Promise<ToolResult>;
  readonly #input: string;
  readonly #call: Call;
  readonly #tool: Tool;
  readonly #ledger: ToolLedger;
  /** The request that will be told of it. */
  #id: string;
  readonly #limit = new AbortController();

  /** `signal`: nobody waits any more. */
  constructor(options: {
    call: Call;
    tool: Tool;
    ledger: ToolLedger;
    request: ToolCall;
    signal: AbortSignal;
  }) {
    const { request, signal } = options;
    this.#call = options.call;
    this.#tool = options.tool;
    this.#ledger = options.ledger;
    this.name = request.name;
    this.#id = request.id;
    this.#input = inputText(request.input);
    this.#call.toolRuns.add(this);
    this.outcome = this.#run(request, signal).finally(() => this.#call.toolRuns.delete(this));
  }

  /** Whether it is at work on what is asked for. */
  isFor({ name, input }: ToolCall): boolean {
    return this.name === name && this.#input === inputText(input);
  }

  /** The caller came back, and the same is asked for under another id. */
  async handOver(request: ToolCall): Promise<ToolResult> {
    if (this.#tool.changes) await this.#begin(request);
    this.#id = request.id;
    return { ...(await this.outcome), id: request.id };
  }

  async #run(request: ToolCall, signal: AbortSignal): Promise<ToolResult> {
    const { changes, letFinish } = this.#tool;
    if (!changes) return this.#work(request, signal);

    const noted = await this.#begin(request);
    if (!noted.run)
      return noted.result
        ? { ...noted.result, id: request.id }
        : unknown(request, 'it was begun before, and nobody knows how it ended');
    const result =
      signal.aborted && !letFinish
        ? failure(request, 'it was not begun, because nobody waited for it any more')
        : await this.#work(request, signal);
    // What was cut short nobody knows about.
    if (!this.#limit.signal.aborted) await this.#noteEnd(result);
    return result;
  }

  async #begin(request: ToolCall) {
    const { callId } = this.#call.start;
    try {
      return await this.#ledger.begin(callId, request, this.#call.record.toldTools);
    } catch (error) {
      if (error instanceof CallTakenOver) throw error;
      this.#call.warn(`The tool '${this.name}' could not be noted, so it was not run.`, error);
      return { run: false, result: failure(request, 'it could not be noted, so it was not run') } as const;
    }
  }

  async #noteEnd(result: ToolResult): Promise<void> {
    try {
      await this.#ledger.end(this.#call.start.callId, { ...result, id: this.#id });
    } catch (error) {
      if (!(error instanceof CallTakenOver))
        this.#call.warn(`How the tool '${this.name}' ended could not be noted.`, error);
    }
  }

  async #work({ id, name, input }: ToolCall, signal: AbortSignal): Promise<ToolResult> {
    const { clock, start } = this.#call;
    const { timeoutMs, changes, letFinish } = this.#tool;
    const limit = this.#limit;
    const timer = clock.setTimeout(() => limit.abort(), timeoutMs);
    const onAbort = () => limit.abort();
    if (!letFinish) signal.addEventListener('abort', onAbort, { once: true });
    const expired = new Promise<never>((_, reject) => {
      const error = `no answer within ${timeoutMs} ms`;
      limit.signal.addEventListener('abort', () => reject(new Error(error)));
    });

    try {
      const idempotencyKey = `${start.callId}:${id}`;
      const running = this.#tool.run(input, { callId: start.callId, idempotencyKey, signal: limit.signal });
      return { id, name, result: await Promise.race([running, expired]), error: null };
    } catch (error) {
      // Cancelled because nobody waits for it any more: no fault of the tool's.
      if (!signal.aborted) this.#call.warn(`The tool '${name}' failed.`, error);
      const why = error instanceof Error ? error.message : String(error);
      return changes ? unknown({ id, name }, why) : failure({ id, name }, why);
    } finally {
      clock.clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    }
  }
}

function failure({ id, name }: Pick<ToolCall, 'id' | 'name'>, error: string): ToolResult {
  return { id, name, result: null, error };
}

/** Of what changes something: nobody knows whether it has. */
function unknown(request: Pick<ToolCall, 'id' | 'name'>, error: string): ToolResult {
  return { ...failure(request, `${error}; ${MAY_BE_DONE}`), mayBeDone: true };
}
