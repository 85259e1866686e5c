import type { SimulatedClock } from '../../runtime/clock.ts';
import type { Tool, ToolContext } from '../../runtime/ports.ts';
import type { Process } from './process.ts';

/** What a tool meets: it is done and says so, is done and the answer is lost, or is refused, each after a time. */
export interface ToolFate {
  afterMs: number;
  does: boolean;
  tells: boolean;
}

export interface BackOfficeOptions {
  clock: SimulatedClock;
  fate(callId: string, tool: string): ToolFate;
  /** The side effect happened. */
  placed(callId: string, item: string): void;
  /** A run has begun. */
  began(callId: string, tool: string): void;
}

const TIMEOUT_MS = 6_000;

/** The tools as one process has them. What a process has asked for happens, whatever becomes of the process. */
export function openTools(office: BackOfficeOptions, process: Process): Tool[] {
  const run =
    (
      name: string,
      does: (context: ToolContext, item: string) => Record<string, unknown>,
      refuses: Record<string, unknown> | null = null,
    ) =>
    async (input: Record<string, unknown>, context: ToolContext) => {
      const { afterMs, does: isDone, tells } = office.fate(context.callId, name);
      office.began(context.callId, name);
      return new Promise<Record<string, unknown>>((resolve, reject) => {
        office.clock.setTimeout(() => {
          const result = isDone ? does(context, String(input.item)) : refuses;
          process.receive(() => {
            if (result && tells) resolve(result);
            else reject(new Error('the back office does not answer'));
          });
        }, afterMs);
      });
    };
  return [
    {
      name: 'placeOrder',
      description: 'Places an order.',
      changes: true,
      letFinish: true,
      timeoutMs: TIMEOUT_MS,
      run: run(
        'placeOrder',
        ({ callId }, item) => {
          office.placed(callId, item);
          return { placed: true };
        },
        { placed: false },
      ),
    },
    {
      name: 'lookUp',
      description: 'Says how many there are.',
      timeoutMs: TIMEOUT_MS,
      run: run('lookUp', () => ({ stock: 'seven' })),
    },
  ];
}
