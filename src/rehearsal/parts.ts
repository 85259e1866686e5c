import type { Providers } from '../../runtime/call-host.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { LanguageModel, Tool } from '../../runtime/ports.ts';
import { openNavigator } from '../providers/embedded/navigator/navigator.ts';
import { openTools } from '../tools/index.ts';
import { type Faults, faultyModel, faultyRecognition, faultyTool, faultyVoice } from './faults.ts';
import type { Latencies } from './latencies.ts';
import { type Outside, outsideModel } from './outside.ts';
import { isWholePhrase } from './spoken-line.ts';
import { textRecognition, textVoiceActivity } from './text-ears.ts';
import { sleep, textVoice } from './text-voice.ts';

/** What a tool answers instead of running. */
export type ToolAnswer = { result: Record<string, unknown> } | { error: string };

export interface PartOptions {
  clock: Clock;
  faults: Faults;
  outside: Outside;
  /** A latency of the part, asked anew for each use. */
  latencyMs(part: keyof Latencies): number;
  confidence(): number;
  /** A hosted model, which takes its own time; default: the flow itself, after the model's latency. */
  model: LanguageModel | null;
  /** Default: the product's own. */
  tools: ((clock: Clock) => readonly Tool[]) | null;
  answers: ReadonlyMap<string, readonly ToolAnswer[]>;
}

/** Text ears, text voice, and the wits and tools behind them; each takes its time and can be made to fail. */
export function openParts(options: PartOptions): Providers {
  const { clock, faults, latencyMs } = options;
  const recognition = textRecognition({
    clock,
    delayMs: () => latencyMs('recognition'),
    confidence: options.confidence,
    isComplete: isWholePhrase,
  });
  return {
    voiceActivity: textVoiceActivity(),
    recognition: faultyRecognition(recognition, faults, clock),
    synthesis: faultyVoice(
      textVoice(clock, () => latencyMs('voice')),
      faults,
      clock,
    ),
    model: faultyModel(openModel(options), faults, clock),
    tools: toolsOf(options).map(tool => faultyTool(patient(tool, options), faults, clock)),
  };
}

/** A tool that has an answer given need not exist yet. */
function toolsOf({ clock, tools, answers }: PartOptions): Tool[] {
  const open = tools?.(clock) ?? [...openTools({ clock, toolDelayMs: 0 }).values()];
  const planned = [...answers.keys()].filter(name => !open.some(tool => tool.name === name));
  return [...open, ...planned.map(plannedTool)].map(tool => answering(tool, answers.get(tool.name)));
}

const PLANNED_TIMEOUT_MS = 10_000;

function plannedTool(name: string): Tool {
  return { name, description: name, timeoutMs: PLANNED_TIMEOUT_MS, run: async () => ({}) };
}

function openModel({ clock, model, outside, latencyMs }: PartOptions): LanguageModel {
  if (model) return outsideModel(model, outside);
  const navigator = openNavigator({ clock, firstWordDelayMs: 0, wordDelayMs: 0 });
  return {
    name: navigator.name,
    async *reply(request, signal) {
      if (request.said !== null) await sleep(clock, latencyMs('model'), signal);
      yield* navigator.reply(request, signal);
    },
  };
}

function answering(tool: Tool, answers: readonly ToolAnswer[] | undefined): Tool {
  if (!answers) return tool;
  let calls = 0;
  return {
    ...tool,
    async run() {
      const answer = answers[Math.min(calls++, answers.length - 1)];
      if (!answer) throw new Error(`Nobody has said what ${tool.name} answers.`);
      if ('error' in answer) throw new Error(answer.error);
      return answer.result;
    },
  };
}

function patient(tool: Tool, { clock, latencyMs }: PartOptions): Tool {
  return {
    ...tool,
    async run(input, context) {
      await sleep(clock, latencyMs('tool'), context.signal);
      context.signal.throwIfAborted();
      return tool.run(input, context);
    },
  };
}
