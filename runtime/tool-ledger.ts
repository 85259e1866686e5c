import type { ToolCall, ToolResult } from '../machines/call-events.ts';
import type { ToolLedger, ToolLedgerEntry } from './ports.ts';

interface NotedRun {
  id: string;
  name: string;
  input: string;
  result: ToolResult | null;
}

/** A ledger that lives as long as its process: enough for a line that is lost and comes back. */
export class MemoryToolLedger implements ToolLedger {
  readonly #runs = new Map<string, NotedRun[]>();

  async begin(
    callId: string,
    { id, name, input }: ToolCall,
    told: readonly string[],
  ): Promise<ToolLedgerEntry> {
    const runs = this.#runs.get(callId) ?? [];
    this.#runs.set(callId, runs);
    const asked = inputText(input);
    const earlier = runs.find(run => run.name === name && run.input === asked && !told.includes(run.id));
    if (!earlier) {
      runs.push({ id, name, input: asked, result: null });
      return { run: true };
    }
    earlier.id = id;
    return { run: false, result: earlier.result && { ...earlier.result, id } };
  }

  async end(callId: string, result: ToolResult): Promise<void> {
    const run = this.#runs.get(callId)?.findLast(({ id }) => id === result.id);
    if (run) run.result = result;
  }

  /** The call is over, or goes on elsewhere. */
  forget(callId: string): void {
    this.#runs.delete(callId);
  }
}

/** The same for the same input, whatever the order of its keys. */
export function inputText(input: unknown): string {
  return JSON.stringify(input, (_, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)))
      : value,
  );
}
