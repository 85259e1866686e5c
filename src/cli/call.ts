import { Command, InvalidArgumentError } from 'commander';
import { type BargeIn, type CallPlan, type PlannedTurn, runCall } from './call-run.ts';

const DEFAULT_SERVER = 'http://127.0.0.1:8080';

interface Given {
  server: string;
  fallback?: string;
  bargeIn: BargeIn[];
  record?: string;
  from: string;
  to: string;
  publicUrl?: string;
  accountSid?: string;
  authTokenEnv: string;
  apiKeyEnv: string;
  patience: number;
  timeout: number;
  wait: boolean;
}

/** `call`: speaks to a running server as Twilio does. Sets the exit code: 0 when the call went by plan. */
export function callCommand(): Command {
  // Commander tells options in the order of the command line, which is the order of the caller's turns.
  const turns: PlannedTurn[] = [];
  const command = new Command('call');
  const turn =
    <Kind extends PlannedTurn['do']>(kind: Kind) =>
    (value: string) => {
      if (kind === 'keys') requireKeys(value);
      turns.push({ do: kind, value } as PlannedTurn);
      return value;
    };

  return command
    .description(
      'Call a running server as Twilio does, and say or key what the options list, in their order.',
    )
    .option('--server <url>', 'the server to call', DEFAULT_SERVER)
    .option('--fallback <url>', 'another node with the same PUBLIC_URL, asked when that one does not answer')
    .option('--say <text...>', 'a turn: speak this text with the embedded voice', turn('say'))
    .option('--wav <file...>', 'a turn: play this WAV file, of any kind', turn('wav'))
    .option('--keys <digits>', 'a turn: press these keys (0-9 * # A-D)', turn('keys'))
    .option('--drop-line', 'a turn: lose the stream as a broken network does')
    .option('--barge-in <turn:ms>', 'take this turn so many ms after the agent begins to speak', bargeIn, [])
    .option('--record <file>', 'keep both sides as a stereo WAV: caller left, agent right')
    .option('--from <number>', 'the caller', '+12025550123')
    .option('--to <number>', 'the number called', '+12025550100')
    .option('--public-url <url>', 'the server’s PUBLIC_URL, over which requests are signed')
    .option('--account-sid <sid>', 'the account that the number belongs to')
    .option('--auth-token-env <name>', 'variable with the token to sign with', 'TWILIO_AUTH_TOKEN')
    .option('--api-key-env <name>', 'variable with the key of the server’s API', 'API_KEY')
    .option('--patience <ms>', 'silence after which the agent has finished', milliseconds, 1_000)
    .option('--wait', 'after the last turn wait for the agent to hang up', false)
    .option('--timeout <s>', 'hang up after so many seconds', seconds, 120)
    .on('option:drop-line', () => turns.push({ do: 'dropLine' }))
    .action(async (given: Given) => {
      process.exitCode = await runCall(planOf(given, turns), line => console.log(line));
    });
}

function planOf(given: Given, turns: readonly PlannedTurn[]): CallPlan {
  return {
    serverUrl: given.server,
    fallbackUrl: given.fallback ?? null,
    turns,
    bargeIns: given.bargeIn,
    recordFile: given.record ?? null,
    from: given.from,
    to: given.to,
    publicUrl: given.publicUrl ?? (process.env.PUBLIC_URL || null),
    accountSid: given.accountSid ?? (process.env.TWILIO_ACCOUNT_SID || null),
    authToken: process.env[given.authTokenEnv] || null,
    apiKey: process.env[given.apiKeyEnv] || null,
    patienceMs: given.patience,
    timeoutMs: given.timeout * 1000,
    ending: given.wait ? 'wait' : 'hangUp',
  };
}

function bargeIn(value: string, before: BargeIn[]): BargeIn[] {
  const match = /^([1-9]\d*):(\d+)$/.exec(value);
  if (!match) throw new InvalidArgumentError('Write the turn and the milliseconds, as 2:800.');
  return [...before, { turn: Number(match[1]), forMs: Number(match[2]) }];
}

function requireKeys(value: string): void {
  if (!/^[0-9*#A-D]+$/.test(value))
    throw new InvalidArgumentError('A telephone has the keys 0-9, *, # and A-D.');
}

function milliseconds(value: string): number {
  if (!/^\d+$/.test(value)) throw new InvalidArgumentError('Write a whole number of milliseconds.');
  return Number(value);
}

function seconds(value: string): number {
  const given = Number(value);
  if (!(given > 0)) throw new InvalidArgumentError('Write a number of seconds above 0.');
  return given;
}
