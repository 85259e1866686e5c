import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Command } from 'commander';
import type { Call } from '../../runtime/call.ts';
import { systemClock } from '../../runtime/clock.ts';
import type { CallSummary, LogEntry, Turn } from '../../runtime/journal.ts';
import { boot, type Product } from '../boot.ts';
import { stateName } from '../call-views.ts';
import { placeCall } from '../caller/phone-call.ts';
import { type CallerTurn, runScript } from '../caller/script.ts';
import { StereoRecorder } from '../caller/stereo-recorder.ts';
import { speakLines } from '../caller/text-to-speech.ts';
import { type Config, loadConfig } from '../config.ts';

/** What the caller says, and when: the third line cuts the agent short. */
const LINES = [
  { text: 'My order number is one zero two four.' },
  { text: 'Yes.' },
  { text: 'What are your opening hours?', intoAgentMs: 1_800 },
  { text: "No, that's all." },
] as const;

const JOB_TIMEOUT_MS = 20_000;
const PATIENCE_MS = 900;

/** `demo`: a whole call on embedded parts, with real audio, shown as it happens. */
export function demoCommand(): Command {
  return new Command('demo')
    .description('Start a server, call it, and show the chart, the words and the times as they happen.')
    .option('--out <folder>', 'where the recording and the record go', 'recordings')
    .action(async ({ out }: { out: string }) => {
      process.exitCode = await demo(out);
    });
}

async function demo(out: string): Promise<number> {
  const config: Config = {
    ...loadConfig({}),
    port: 0,
    logLevel: 'error',
    dataDir: path.join('data', 'demo'),
    navigatorDelayMs: 80,
    navigatorWordMs: 15,
    silenceS: 8,
  };
  const show = new Show();
  const product = await boot(config, {
    onProgress: message => show.line('demo', `${message}…`),
    host: { onCall: call => show.follow(call) },
  });
  try {
    show.line('demo', `Server on ${product.server.url} (${product.server.transport}); placing a call.`);
    const { callSid, files } = await placeDemoCall(product, out);
    const summary = await reportedCall(product, callSid);
    return conclude(show, summary, files);
  } finally {
    await product.shutDown({ drain: false });
  }
}

async function placeDemoCall(product: Product, out: string): Promise<{ callSid: string; files: string[] }> {
  const clock = systemClock;
  const audio = await speakLines(LINES.map(line => line.text));
  const turns = LINES.map((line, index): CallerTurn => {
    const speech = audio[index];
    if (!speech) throw new Error('The caller has no voice.');
    return {
      cue:
        'intoAgentMs' in line
          ? { when: 'agentSpeaking', forMs: line.intoAgentMs }
          : { when: 'agentFinished' },
      action: { do: 'say', audio: speech, label: line.text },
    };
  });

  const recorder = new StereoRecorder(clock);
  const call = await placeCall(product.server.url, {
    from: '+12025550123',
    to: '+12025550100',
    clock,
    recorder,
  });
  await runScript(call, turns, { clock, patienceMs: PATIENCE_MS, ending: 'wait' });

  await mkdir(out, { recursive: true });
  const base = path.join(out, `demo-${new Date().toISOString().replaceAll(/[:.]/g, '-')}`);
  await writeFile(`${base}.wav`, recorder.toWav());
  return { callSid: call.callSid, files: [`${base}.wav`, `${base}.json`] };
}

/** The record once the post-call job has written its report. */
async function reportedCall({ storage }: Product, callSid: string) {
  const deadlineMs = systemClock.now() + JOB_TIMEOUT_MS;
  for (;;) {
    const record = await storage.store.find(callSid);
    if (record?.report && record.summary) return { summary: record.summary, report: record.report };
    if (systemClock.now() > deadlineMs) throw new Error('The post-call job did not finish in time.');
    await new Promise(resolve => setTimeout(resolve, 100));
  }
}

async function conclude(
  show: Show,
  { summary, report }: Awaited<ReturnType<typeof reportedCall>>,
  files: readonly string[],
): Promise<number> {
  await writeFile(files.at(-1) ?? '', JSON.stringify({ summary, report }, null, 2));
  show.turns(summary.turns);
  show.line('job', report.summaryText);
  for (const file of files) show.line('file', file);

  const missing = whatIsMissing(summary);
  for (const what of missing) show.line('demo', `MISSING: ${what}`);
  show.line('demo', missing.length === 0 ? 'All of it happened.' : 'The call did not go as it should.');
  return missing.length === 0 ? 0 : 1;
}

function whatIsMissing({ turns, outcome }: CallSummary): string[] {
  const answered = turns.filter(turn => turn.caller && turn.agent.heard);
  const checks: [boolean, string][] = [
    [answered.length >= 3, 'at least three turns of the caller, answered'],
    [turns.some(turn => turn.tools.some(tool => tool.result)), 'a tool call that succeeded'],
    [turns.some(turn => turn.agent.interrupted), 'a barge-in'],
    [outcome === 'completed', `a goodbye (the call ended as '${outcome}')`],
  ];
  return checks.filter(([isSo]) => !isSo).map(([, what]) => what);
}

/** Prints a call as it happens: what drove the chart, where it went, what was said and heard. */
class Show {
  #state = '';
  #cause = 'the call begins';

  line(who: string, what: string): void {
    console.log(`${who.padEnd(7)} ${what}`);
  }

  follow(call: Call): void {
    call.log.listen(entry => {
      this.#entry(entry);
      if (entry.kind === 'event') this.#cause = entry.event.type;
      if (entry.kind === 'timer') this.#cause = 'a deadline';
      queueMicrotask(() => this.#transition(call, entry));
    });
  }

  turns(turns: readonly Turn[]): void {
    console.log('\nturn  purpose    end of turn  first token  first audio  first frame  heard    ours');
    for (const { turn, purpose, stages } of turns) {
      const times = [
        stages.endpointMs,
        stages.firstTokenMs,
        stages.firstAudioMs,
        stages.firstFrameMs,
        stages.firstMarkMs,
      ];
      const cells = times.map((ms, index) => milliseconds(ms).padStart([11, 11, 11, 11, 7][index] ?? 0));
      console.log(
        `${String(turn).padStart(4)}  ${purpose.padEnd(9)}  ${cells.join('  ')}  ${milliseconds(stages.overheadMs, 1)}`,
      );
    }
    console.log('Times in ms: silence awaited before the turn counted as over; then from that moment on.\n');
  }

  #entry(entry: LogEntry): void {
    if (entry.kind === 'event' && entry.event.type === 'caller.finished')
      this.#at(entry, 'caller', `“${entry.event.text}” (${entry.event.confidence.toFixed(2)})`);
    if (entry.kind === 'event' && entry.event.type === 'tools.finished')
      for (const { name, result } of entry.event.results)
        this.#at(entry, 'tool', `${name} → ${JSON.stringify(result)}`);
    if (entry.kind !== 'note') return;
    if (entry.note.type === 'reply.sentence') this.#at(entry, 'agent', `“${entry.note.text}”`);
    if (entry.note.type === 'turn.heard' && entry.note.interrupted)
      this.#at(entry, 'cut off', `the caller had heard “${entry.note.text}”`);
  }

  #transition(call: Call, entry: LogEntry): void {
    const state = stateName(call.state);
    if (state === this.#state) return;
    this.#at(entry, 'chart', `${state}  ← ${this.#cause}`);
    this.#state = state;
  }

  #at({ atMs }: LogEntry, who: string, what: string): void {
    console.log(`${(atMs / 1_000).toFixed(2).padStart(7)} s  ${who.padEnd(7)} ${what}`);
  }
}

function milliseconds(ms: number | null, digits = 0): string {
  return ms === null ? '–' : ms.toFixed(digits);
}
