import { fromCallback } from 'xstate';
import type { ToolsInput } from '../../machines/call-context.ts';
import type { ToolCall, ToolResult } from '../../machines/call-events.ts';
import type { Call, Calls } from '../call.ts';
import { CallTakenOver } from '../journal.ts';
import type { Tool, ToolLedger } from '../ports.ts';
import { ToolRun } from './tool-run.ts';

/**
 * Runs the tools a turn asked for, side by side, each within its own time. Leaving the state cancels those that do not declare
 * that they must finish. What changes something is run once: see `ToolLedger`.
 */
export function defineTools(calls: Calls, tools: ReadonlyMap<string, Tool>, ledger: ToolLedger) {
  return fromCallback<{ type: 'none' }, ToolsInput>(({ input }) => {
    const call = calls.get(input.callId);
    const abort = new AbortController();
    const outcomes = input.calls.map(request =>
      outcomeOf(request, { call, tool: tools.get(request.name), ledger, signal: abort.signal }),
    );

    Promise.all(outcomes).then(
      results => {
        if (!abort.signal.aborted) call.send({ type: 'tools.finished', turn: input.turn, results });
      },
      error => {
        if (!(error instanceof CallTakenOver)) call.warn('The tools failed.', error);
        // Of a call that has stopped here, what is here now may be a later life.
        else if (!abort.signal.aborted) calls.abandon(input.callId);
      },
    );
    return () => abort.abort();
  });
}

async function outcomeOf(
  request: ToolCall,
  {
    call,
    tool,
    ledger,
    signal,
  }: { call: Call; tool: Tool | undefined; ledger: ToolLedger; signal: AbortSignal },
): Promise<ToolResult> {
  const { id, name } = request;
  if (!tool) return { id, name, result: null, error: `There is no tool named '${name}'.` };
  const underWay = tool.letFinish && [...call.toolRuns].find(run => run.isFor(request));
  return underWay ? underWay.handOver(request) : new ToolRun({ call, tool, ledger, request, signal }).outcome;
}
