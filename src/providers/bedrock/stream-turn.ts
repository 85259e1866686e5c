import {
  type BedrockRuntimeClient,
  ConverseStreamCommand,
  type ConverseStreamOutput,
} from '@aws-sdk/client-bedrock-runtime';
import type { Clock } from '../../../runtime/clock.ts';
import { ProviderError } from '../../../runtime/provider-error.ts';
import type { ChatEvent, ChatRequest } from '../../language/chat.ts';
import type { Connections } from './connections.ts';
import { toProviderError } from './faults.ts';
import { toConverseStream } from './request.ts';
import { Turn, UnreadableTurn } from './turn.ts';
import { within } from './within.ts';

/** Usage follows the end of the reply at once; the caller's next turn does not wait longer for it. */
const METADATA_LIMIT_MS = 500;
/** The end of the HTTP answer follows the usage at once, and frees the connection for the next request. */
const DRAIN_LIMIT_MS = 100;

export interface StreamTurnOptions {
  request: ChatRequest;
  region: string | null;
  signal: AbortSignal;
  clock: Clock;
  connections: Connections;
  /** The turns being streamed; aborting one ends it with `unavailable`, as when the provider is closed. */
  live: Set<AbortController>;
  clientFor(region: string | null): BedrockRuntimeClient;
}

type Events = AsyncIterator<ConverseStreamOutput>;

/** One request to ConverseStream and its answer, under its own limits: the SDK's do not cover a stream that stalls. */
export async function* streamTurn(options: StreamTurnOptions): AsyncGenerator<ChatEvent> {
  const { region, signal, live } = options;
  if (signal.aborted) return;
  // Leaving the iteration would not end the request, and the SDK does not tell an abort from an end.
  const connection = new AbortController();
  const abort = () => connection.abort();
  const turn = new Turn();
  const patience = new Patience(options, connection.signal);
  let events: Events | null = null;
  signal.addEventListener('abort', abort, { once: true });
  live.add(connection);

  try {
    events = await patience.wait(open(options, connection.signal), turn);
    while (events && !turn.isOver) {
      const next: IteratorResult<ConverseStreamOutput> | null = await patience.wait(events.next(), turn);
      if (!next || next.done) break;
      yield* turn.take(next.value);
      if (signal.aborted) return;
    }
    if (signal.aborted) return;
    if (connection.signal.aborted) throw closed(region);
    yield* turn.finish();
  } catch (error) {
    if (signal.aborted) return;
    throw connection.signal.aborted ? closed(region) : asProviderError(error, region, events !== null);
  } finally {
    live.delete(connection);
    const isFree = events && turn.isOver && (await drain(events, options, connection.signal));
    if (!isFree) connection.abort();
    signal.removeEventListener('abort', abort);
  }
}

export function closed(region: string | null): ProviderError {
  return new ProviderError('unavailable', 'the provider was closed', { provider: 'bedrock', region });
}

/** Sends the request, once more where the kept connection turned out to be dead. */
async function open(options: StreamTurnOptions, abortSignal: AbortSignal): Promise<Events> {
  const client = options.clientFor(options.region);
  const command = () => new ConverseStreamCommand(toConverseStream(options.request));
  const output = await client.send(command(), { abortSignal }).catch(error => {
    if (abortSignal.aborted || !options.connections.wasStale(error)) throw error;
    return client.send(command(), { abortSignal });
  });
  if (!output.stream) throw new UnreadableTurn('The answer has no stream.');
  return output.stream[Symbol.asyncIterator]();
}

/** How long each event may take: the first one from the beginning, every other from the moment it is asked for. */
class Patience {
  readonly #options: StreamTurnOptions;
  readonly #stop: AbortSignal;
  readonly #firstTokenUntilMs: number;

  constructor(options: StreamTurnOptions, stop: AbortSignal) {
    this.#options = options;
    this.#stop = stop;
    this.#firstTokenUntilMs = options.clock.now() + options.request.firstTokenTimeoutMs;
  }

  /** Null: there is nothing more to wait for. */
  async wait<T>(promise: Promise<T>, turn: Turn): Promise<T | null> {
    const { clock, request, region } = this.#options;
    const { firstTokenTimeoutMs, stallTimeoutMs } = request;
    const stallMs = turn.isWhole ? Math.min(METADATA_LIMIT_MS, stallTimeoutMs) : stallTimeoutMs;
    const untilMs = turn.began ? clock.now() + stallMs : this.#firstTokenUntilMs;
    const outcome = await within(promise, untilMs, clock, this.#stop);

    if (outcome === 'aborted') return null;
    if (outcome !== 'late') return outcome.value;
    if (turn.isWhole) return null;
    const what = turn.began
      ? `nothing more for ${stallTimeoutMs} ms`
      : `no first token in ${firstTokenTimeoutMs} ms`;
    throw new ProviderError('timeout', what, { provider: 'bedrock', region });
  }
}

function asProviderError(error: unknown, region: string | null, began: boolean): ProviderError {
  if (error instanceof ProviderError) return error;
  if (error instanceof UnreadableTurn)
    return new ProviderError('broken', error.message, { provider: 'bedrock', region, cause: error });
  return toProviderError(error, region, began);
}

/** Reads the answer to its end, where it has one: a tool round asks again at once, over the same connection. */
async function drain(events: Events, { clock }: StreamTurnOptions, signal: AbortSignal): Promise<boolean> {
  const end = (async () => {
    while (!(await events.next()).done);
  })();
  const outcome = await within(end, clock.now() + DRAIN_LIMIT_MS, clock, signal).catch(() => 'broken');
  return typeof outcome === 'object';
}
