import type { AnyStateMachine } from 'xstate';
import { callMachine } from '../machines/call.ts';
import { defineClosing } from './actors/closing.ts';
import { defineReply, type Reply } from './actors/reply.ts';
import { defineTools } from './actors/tools.ts';
import type { Call, Calls } from './call.ts';
import type { LanguageModel, Tool, ToolLedger } from './ports.ts';
import { inertCallMachine } from './replay.ts';

/** What of an agent stands behind its chart. */
export interface AgentParts {
  providers: { model: LanguageModel; tools: readonly Tool[] };
}

export interface ChartParts {
  calls: Calls;
  toolLedger: ToolLedger;
  /** Of the chart's named delays, in milliseconds. */
  delays: Partial<Record<string, number>> | undefined;
  replyOpened(callId: string, reply: Reply): void;
  /** Null: to the number that the agent's callers are passed to. */
  handToPerson(call: Call, number: string | null): void;
}

type Charts = WeakMap<AnyStateMachine, typeof callMachine>;

/** The call chart with what stands behind it, by agent and flow: provided once, not for every call. */
export class CallCharts {
  readonly #parts: ChartParts;
  readonly #live = new WeakMap<AgentParts, Charts>();
  readonly #inert: Charts = new WeakMap();

  constructor(parts: ChartParts) {
    this.#parts = parts;
  }

  live(agent: AgentParts, flow: AnyStateMachine): typeof callMachine {
    const ofAgent = this.#live.get(agent) ?? new WeakMap();
    this.#live.set(agent, ofAgent);
    return found(ofAgent, flow, () => this.#provide(agent, flow));
  }

  /** With nothing behind it but its flow: for what a log tells. */
  inert(flow: AnyStateMachine): typeof callMachine {
    return found(this.#inert, flow, () => inertCallMachine(flow).provide({ delays: this.#delays }));
  }

  get #delays(): Record<never, number> {
    return this.#parts.delays as Record<never, number>;
  }

  #provide({ providers }: AgentParts, flow: AnyStateMachine): typeof callMachine {
    const { calls, toolLedger, replyOpened, handToPerson } = this.#parts;
    const tools = new Map(providers.tools.map(tool => [tool.name, tool]));
    return callMachine.provide({
      actors: {
        // The chart knows its flow only as something that takes flow events.
        flow: flow as never,
        reply: defineReply(calls, providers.model, replyOpened),
        tools: defineTools(calls, tools, toolLedger),
        closing: defineClosing(calls),
      },
      actions: {
        takeFloor: ({ context }, { floor }) => calls.get(context.callId).line.takeFloor(floor),
        interruptAgent: ({ context }) => calls.get(context.callId).line.interrupt(),
        handToPerson: ({ context, event }) =>
          handToPerson(calls.get(context.callId), event.type === 'call.transfer' ? event.number : null),
      },
      delays: this.#delays,
    });
  }
}

function found(charts: Charts, flow: AnyStateMachine, make: () => typeof callMachine): typeof callMachine {
  const chart = charts.get(flow) ?? make();
  charts.set(flow, chart);
  return chart;
}
