import { Command, InvalidArgumentError, Option } from 'commander';
import { z } from 'zod';
import { type Clock, systemClock } from '../../runtime/clock.ts';
import { loadConfig } from '../config.ts';
import { startBridge } from '../inspect/bridge.ts';
import { openStream, type Question, type StreamListener } from '../inspect/stream.ts';
import { askServer } from '../replay/server-answers.ts';

export interface InspectFlags {
  server?: string;
  apiKeyEnv: string;
  sample: number;
  redact: 'on' | 'off';
  maxEventsPerSecond: number;
  /** Milliseconds. */
  for?: number;
  json: boolean;
  port: number;
  inspector: string;
}

export interface InspectOutput {
  print(text: string): void;
  /** For what is not the result. */
  tell(message: string): void;
  /** Somebody has had enough. */
  interrupted: Promise<void>;
}

const DEFAULT_SERVER = 'http://127.0.0.1:8080';
export const STATELY_INSPECTOR = 'https://stately.ai/inspect';
const NORMAL = 1000;

/** `inspect`: looks into the calls of a running server with Stately's inspector. */
export function inspectCommand(): Command {
  return new Command('inspect')
    .description('Watch a live call, or all of them, in the Stately inspector.')
    .argument('[call]', 'CallSid or id of a live call; all of them when none is named')
    .option('--server <url>', `the running server; AYBIZA_URL by default, else ${DEFAULT_SERVER}`)
    .option('--api-key-env <name>', 'variable with the key of the server’s API', 'API_KEY')
    .option('--sample <share>', 'of all calls, look at this share', share, 1)
    .addOption(
      new Option('--redact <how>', 'hide what is said, keyed, found out and fetched')
        .choices(['on', 'off'])
        .default('on'),
    )
    .option('--max-events-per-second <n>', 'leave out what is more, and say how much it was', rate, 200)
    .option('--for <time>', 'stop after so long: 30s, 5m, 1h', duration)
    .option('--json', 'print the frames, one JSON object a line, instead of opening a page', false)
    .option('--port <n>', 'where this machine’s page listens; any free port by default', port, 0)
    .option('--inspector <url>', 'the inspector that the page holds', STATELY_INSPECTOR)
    .action(async (call: string | undefined, flags: InspectFlags) => {
      let readerLeft = () => {};
      const left = new Promise<void>(resolve => {
        readerLeft = resolve;
      });
      // Whoever reads the frames may have seen enough: | head.
      process.stdout.on('error', error => {
        if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error;
        readerLeft();
      });
      await inspectCalls(call ?? null, flags, {
        print: text => console.log(text),
        tell: message => console.error(message),
        interrupted: Promise.race([interruption(), left]),
      });
    });
}

/** Settles when the call has ended, the time is up or somebody has had enough. Throws what went wrong. */
export async function inspectCalls(
  call: string | null,
  flags: InspectFlags,
  { print, tell, interrupted }: InspectOutput,
  env: Readonly<Record<string, string | undefined>> = process.env,
  clock: Clock = systemClock,
): Promise<void> {
  const { apiKey } = loadConfig({ ...env, API_KEY: env[flags.apiKeyEnv] });
  const { origin, ask } = askServer(flags.server ?? (env.AYBIZA_URL || DEFAULT_SERVER), apiKey);
  const { sample, redact, maxEventsPerSecond } = flags;
  const question: Question = { call, sample, redact, maxEventsPerSecond };
  const open = (listener: StreamListener) => openStream(origin, question, apiKey, listener);

  let finish = () => {};
  let fail = (_: Error) => {};
  const finished = new Promise<void>((resolve, reject) => {
    finish = resolve;
    fail = reject;
  });
  const timer = flags.for === undefined ? null : clock.setTimeout(finish, flags.for);
  interrupted.then(finish);
  const closed = (code: number, reason: string) => {
    if (code !== NORMAL)
      return fail(new Error(`${origin} has closed the stream: ${reason || `code ${code}`}.`));
    tell(`Over: ${reason}.`);
    finish();
  };

  try {
    if (flags.json) {
      const stream = await open({ frame: print, closed });
      await finished.finally(() => stream.close());
      return;
    }
    const live = await liveCallSid(call, ask);
    const bridge = await startBridge({
      port: flags.port,
      inspectorUrl: requireUrl(flags.inspector),
      open,
      ended: closed,
      onError: error => tell(error instanceof Error ? error.message : String(error)),
    });
    print(directions({ origin, link: bridge.link, callSid: live, flags }));
    await finished.finally(() => bridge.close());
  } finally {
    clock.clearTimeout(timer);
  }
}

const served = z.object({ callSid: z.string(), live: z.boolean() });

/** Of the call that was named. Asked for now, so that a mistake is told before anybody opens a page. */
async function liveCallSid(
  call: string | null,
  ask: ReturnType<typeof askServer>['ask'],
): Promise<string | null> {
  if (call === null) {
    await ask('/api/calls?limit=1', z.object({ calls: z.array(z.unknown()) }));
    return null;
  }
  const found = await ask<z.infer<typeof served>>(`/api/calls/${encodeURIComponent(call)}`, served);
  if (!found) throw new Error(`The server knows no call ${call}. Leave it out to inspect all.`);
  if (!found.live)
    throw new Error(`The call ${call} has ended. See it step by step: npx aybiza replay ${found.callSid}`);
  return found.callSid;
}

function directions(shown: {
  origin: string;
  link: string;
  callSid: string | null;
  flags: InspectFlags;
}): string {
  const { origin, link, callSid, flags } = shown;
  const { host } = new URL(flags.inspector);
  const hidden =
    flags.redact === 'on'
      ? 'What is said, keyed, found out and fetched is hidden; --redact off shows it.'
      : 'Nothing is hidden but secrets: what callers say goes to that page as well.';
  return [
    `${callSid ? `The call ${callSid}` : 'All calls'} of ${origin}, in the Stately inspector:`,
    '',
    `  ${link}`,
    '',
    `Open it in a browser on this machine. The inspector itself comes from ${host}, within that page; what happens in`,
    `the calls is handed to it there, and by us to nobody else. ${hidden}`,
    `Offline, the console shows the same: ${origin}/calls${callSid ? `/${callSid}` : ''}`,
    flags.for === undefined ? 'Ctrl-C ends it.' : `Ends in ${flags.for / 1_000} s; Ctrl-C ends it sooner.`,
  ].join('\n');
}

function requireUrl(url: string): string {
  const { protocol } = URL.canParse(url) ? new URL(url) : { protocol: '' };
  if (protocol === 'https:' || protocol === 'http:') return url;
  throw new Error(`Write the inspector as ${STATELY_INSPECTOR}.`);
}

function share(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value <= 1))
    throw new InvalidArgumentError('Write a share above 0, and 1 at most: 0.1.');
  return value;
}

function rate(text: string): number {
  const value = Number(text);
  if (!(Number.isInteger(value) && value >= 1 && value <= 2_000))
    throw new InvalidArgumentError('Write a whole number from 1 to 2000.');
  return value;
}

function port(text: string): number {
  const value = Number(text);
  if (!(Number.isInteger(value) && value >= 0 && value <= 65_535))
    throw new InvalidArgumentError('Write a port, or 0 for any free one.');
  return value;
}

const UNIT_MS = { s: 1_000, m: 60_000, h: 3_600_000 } as const;

export function duration(text: string): number {
  const [, number, unit] = /^(\d{1,6})([smh])$/.exec(text) ?? [];
  if (!number || Number(number) === 0) throw new InvalidArgumentError('Write a time as 30s, 5m or 1h.');
  return Number(number) * UNIT_MS[unit as keyof typeof UNIT_MS];
}

/** Ctrl-C. */
function interruption(): Promise<void> {
  return new Promise(resolve => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
}
