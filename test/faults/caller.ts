import { viewFlow } from '../../machines/flow-view.ts';
import { orderStatus } from '../../machines/flows/order-status.ts';
import { CallHost } from '../../runtime/call-host.ts';
import type { CallSummary, LogEntry } from '../../runtime/journal.ts';
import { callDirectory, stateName } from '../../src/call-views.ts';
import type { CallStore } from '../../src/storage/call-store.ts';
import { scriptedVoiceActivity } from '../harness/scripted-providers.ts';
import { callStart, MemoryJournal, SimCarrier } from '../harness/sim-call.ts';
import { SILENCE, speak } from '../harness/spoken-text.ts';
import type { World } from './world.ts';

const FRAME_MS = 20;
/** The caller waits so long for the agent to go on before speaking. */
const POLITENESS_MS = 300;
/** The caller has finished, and has not heard the reply to its end. */
const AGENTS_TURN = /^floor\.(faltering|replying\.(?!speculating))/;
/** A call that is not over by then is stuck. */
export const STUCK_AFTER_MS = 120_000;

/** What a caller who wants to know about order 1024 answers, by the state of the flow. */
const lines: readonly [state: RegExp, line: string][] = [
  [/^takingNumber\.confirming$/, 'yes.'],
  [/^takingNumber|^orderNotFound|^helping/, 'my order number is one zero two four.'],
  [/^lookupFailed/, 'try again.'],
  [/^answering/, 'no thanks.'],
];

/** The carrier's side, noting when audio comes and for which turn. */
class ListeningCarrier extends SimCarrier {
  readonly sentBytes = new Map<number, number>();
  onAudio: () => void = () => {};

  override send(text: string): 'sent' {
    const { event, mark } = JSON.parse(text);
    if (event === 'media') this.onAudio();
    if (event === 'mark') {
      const [turn = 0, bytes = 0] = mark.name.split(':').map(Number);
      this.sentBytes.set(turn, Math.max(bytes, this.sentBytes.get(turn) ?? 0));
    }
    return super.send(text);
  }
}

export interface CallStory {
  summary: CallSummary | null;
  state: string;
  /** The longest that the caller waited, after having spoken, to hear anything. */
  longestWaitMs: number;
  /** The longest silence that the caller heard from the end of a turn of theirs to the end of the agent's reply. */
  longestGapMs: number;
  entries: readonly LogEntry[];
  /** Bytes of audio for each turn. */
  sentBytes: ReadonlyMap<number, number>;
  /** Everything that was written down or shown, as text. */
  written: string;
}

/** What to say in a state of the flow, or null for what a caller usually answers. */
export type Say = (flowState: string) => Buffer[] | null;

/** A whole call by a caller who answers what is asked, as often as it is asked. */
export async function runCall(
  world: World,
  reached?: (flowState: string) => void,
  say?: Say,
): Promise<CallStory> {
  const { clock } = world;
  const journal = new MemoryJournal();
  const shown: string[] = [];
  const host = new CallHost({
    clock,
    providers: {
      voiceActivity: scriptedVoiceActivity(),
      recognition: world.recognition,
      synthesis: world.synthesis,
      model: world.model,
      tools: world.tools.all,
    },
    flow: () => orderStatus,
    journal,
    log: world.log,
    voice: 'thalia',
    transferNumber: null,
  });
  const carrier = new ListeningCarrier(clock);
  const call = host.begin(callStart({ startedAt: clock.wallTime() }), carrier, 'MZ0');
  carrier.connect(call);
  const directory = callDirectory(host, emptyStore, clock);

  const startedMs = clock.now();
  let speech: Buffer[] = [];
  let quietSinceMs: number | null = null;
  let waitingSinceMs: number | null = null;
  let longestWaitMs = 0;
  let lastFlowState = '';
  let longestGapMs = 0;
  let soundedMs = startedMs;
  carrier.onAudio = () => {
    if (waitingSinceMs !== null) longestWaitMs = Math.max(longestWaitMs, clock.now() - waitingSinceMs);
    waitingSinceMs = null;
  };

  let dueMs = clock.now();
  while (host.size > 0 && clock.now() - startedMs < STUCK_AFTER_MS) {
    await clock.pass(FRAME_MS);
    for (; dueMs <= clock.now() && host.size > 0; dueMs += FRAME_MS) {
      const frame = speech.shift();
      carrier.hear(frame ?? SILENCE);
      if (frame && speech.length === 0) waitingSinceMs ??= clock.now();
    }
    if (host.size === 0) break;
    const isAgentSilent = !carrier.isPlaying && AGENTS_TURN.test(stateName(call.state));
    if (!isAgentSilent) soundedMs = clock.now();
    longestGapMs = Math.max(longestGapMs, clock.now() - soundedMs);
    const flowState = viewFlow(call.flowSnapshot(), 'en').state;
    if (flowState !== lastFlowState) {
      lastFlowState = flowState;
      reached?.(flowState);
      shown.push(JSON.stringify([await directory.find(call.start.callSid), call.freeze()]));
    }
    const isMyTurn =
      speech.length === 0 && !carrier.isPlaying && stateName(call.state) === 'floor.listening.quiet';
    quietSinceMs = isMyTurn ? (quietSinceMs ?? clock.now()) : null;
    if (quietSinceMs === null || clock.now() - quietSinceMs < POLITENESS_MS) continue;
    const line = lines.find(([state]) => state.test(flowState))?.[1];
    speech = say?.(flowState) ?? (line ? speak(line) : []);
    quietSinceMs = null;
  }

  const state = stateName(call.state);
  if (host.size > 0) {
    if (waitingSinceMs !== null) longestWaitMs = Math.max(longestWaitMs, clock.now() - waitingSinceMs);
    host.hangUp();
  }
  await host.idle();
  host.pacer.stop();
  const { entries, finished, started, frozen } = journal;
  return {
    summary: finished[0] ?? null,
    state,
    entries,
    longestWaitMs,
    longestGapMs,
    sentBytes: carrier.sentBytes,
    written: JSON.stringify([entries, finished, started, frozen, shown, call.record.turns()]),
  };
}

const emptyStore = {
  list: async () => [],
  find: async () => null,
  events: async () => [],
} as unknown as CallStore;
