import { fromCallback } from 'xstate';
import type { ToolsInput } from '../../machines/call-context.ts';
import type { ToolCall, ToolResult } from '../../machines/call-events.ts';
import type { Call, Calls } from '../call.ts';
import type { Tool } from '../ports.ts';

/**
 * Runs the tools a turn asked for, side by side, each within its own time. Leaving the state cancels those that do not declare
 * that they must finish.
 */
export function defineTools(calls: Calls, tools: ReadonlyMap<string, Tool>) {
  return fromCallback<{ type: 'none' }, ToolsInput>(({ input }) => {
    const call = calls.get(input.callId);
    const abort = new AbortController();

    Promise.all(
      input.calls.map(request => runTool(call, tools.get(request.name), request, abort.signal)),
    ).then(results => {
      if (!abort.signal.aborted) call.send({ type: 'tools.finished', turn: input.turn, results });
    });
    return () => abort.abort();
  });
}

async function runTool(
  call: Call,
  tool: Tool | undefined,
  { id, name, input }: ToolCall,
  signal: AbortSignal,
): Promise<ToolResult> {
  if (!tool) return { id, name, result: null, error: `There is no tool named '${name}'.` };

  const limit = new AbortController();
  const timer = call.clock.setTimeout(() => limit.abort(), tool.timeoutMs);
  const onAbort = () => limit.abort();
  if (!tool.letFinish) signal.addEventListener('abort', onAbort, { once: true });
  const expired = new Promise<never>((_, reject) => {
    limit.signal.addEventListener('abort', () => reject(new Error(`no answer within ${tool.timeoutMs} ms`)));
  });

  try {
    const idempotencyKey = `${call.start.callId}:${id}`;
    const running = tool.run(input, { callId: call.start.callId, idempotencyKey, signal: limit.signal });
    return { id, name, result: await Promise.race([running, expired]), error: null };
  } catch (error) {
    // Cancelled because nobody waits for it any more: no fault of the tool's.
    if (!signal.aborted) call.warn(`The tool '${name}' failed.`, error);
    return { id, name, result: null, error: error instanceof Error ? error.message : String(error) };
  } finally {
    call.clock.clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  }
}
