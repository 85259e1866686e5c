import { Command, InvalidArgumentError, Option } from 'commander';
import type { CompanyAdministration } from '../companies/administration.ts';
import { loadConfig } from '../config.ts';
import { Secret } from '../secret.ts';
import { readKey } from './company-key-input.ts';
import { administerHere } from './company-local.ts';
import { administerThere } from './company-remote.ts';
import { accountText, keyChangeText, limitsText, listText, sealText } from './company-text.ts';

/** Commander takes null for an option without a value. */
type Usd = number | 'none';

interface Common {
  json: boolean;
  server?: string;
  apiKeyEnv: string;
}

interface KeyLimitOptions extends Common {
  limitUsd?: Usd;
  reset?: 'daily' | 'weekly' | 'monthly' | 'never';
}

interface LimitOptions extends Common {
  dailyUsd?: Usd;
  weeklyUsd?: Usd;
  monthlyUsd?: Usd;
  totalUsd?: Usd;
  department?: string;
  user?: string;
  conversation?: string;
  warnAt?: number;
}

const PERIODS = [
  ['dailyUsd', 'day'],
  ['weeklyUsd', 'week'],
  ['monthlyUsd', 'month'],
  ['totalUsd', 'total'],
] as const;
const SCOPES = ['department', 'user', 'conversation'] as const;

/** `company`: who pays for models, with which key, and up to what. Works on the database, or through a running server. */
export function companyCommand(): Command {
  const key = new Command('key')
    .description("a company's own key at OpenRouter")
    .addCommand(mintCommand())
    .addCommand(setCommand())
    .addCommand(rotateCommand())
    .addCommand(removeCommand());
  const seal = new Command('seal').description('the encryption of all stored keys').addCommand(sealCommand());

  return new Command('company')
    .description('Administer companies: their model keys, what they used, and what they may use.')
    .addCommand(
      leaf('list', 'all companies').action((given: Common) => run(given, each => each.list(), listText)),
    )
    .addCommand(
      leaf(
        'show <id>',
        'what a company used this month, its limits, alerts and the fingerprint of its key',
      ).action((id: string, given: Common) => run(given, each => each.show(id), accountText)),
    )
    .addCommand(
      leaf('save <id>', 'add a company, or rename it')
        .requiredOption('--name <name>', 'its name')
        .action((id: string, given: Common & { name: string }) =>
          run(
            given,
            each => each.save(id, { name: given.name }),
            ({ name }) => `Saved ${id}: ${name}.`,
          ),
        ),
    )
    .addCommand(key)
    .addCommand(limitCommand())
    .addCommand(seal);
}

function mintCommand(): Command {
  return withKeyLimit(
    leaf('mint <id>', 'make a company its own key; needs OPENROUTER_MANAGEMENT_KEY'),
  ).action((id: string, given: KeyLimitOptions) =>
    run(
      given,
      each => {
        if (given.limitUsd === undefined)
          throw new Error('Say what the key may spend: --limit-usd 50, or --limit-usd none.');
        return each.mintKey(id, { ...keyLimit(given), limitUsd: toLimit(given.limitUsd) });
      },
      keyChangeText,
    ),
  );
}

function setCommand(): Command {
  return leaf('set <id>', 'keep a key that the company brings, read from standard input')
    .option('--key-env <name>', 'variable to read the key from instead')
    .action((id: string, given: Common & { keyEnv?: string }) =>
      run(given, async each => each.setKey(id, await readKey(given.keyEnv)), keyChangeText),
    );
}

function rotateCommand(): Command {
  return withKeyLimit(leaf('rotate <id>', 'mint a key, put it in force, then disable the one before')).action(
    (id: string, given: KeyLimitOptions) =>
      run(given, each => each.rotateKey(id, keyLimit(given)), keyChangeText),
  );
}

function removeCommand(): Command {
  return leaf('remove <id>', 'forget the key, so that the installation pays again').action(
    (id: string, given: Common) => run(given, each => each.removeKey(id), keyChangeText),
  );
}

function limitCommand(): Command {
  return leaf('limit <id>', 'limit what a company, or a part of it, may spend at models')
    .option('--daily-usd <usd>', 'in a day of UTC; none removes the limit', usd)
    .option('--weekly-usd <usd>', 'in a week, from Monday', usd)
    .option('--monthly-usd <usd>', 'in a month', usd)
    .option('--total-usd <usd>', 'ever', usd)
    .addOption(
      new Option('--department <name>', "this department alone; '*' for each").conflicts([
        'user',
        'conversation',
      ]),
    )
    .addOption(new Option('--user <ref>', "this user alone; '*' for each").conflicts('conversation'))
    .option('--conversation <id>', "this conversation alone; '*' for each")
    .option('--warn-at <part>', 'part of the limit at which people are warned (default: 0.8)', part)
    .action((id: string, given: LimitOptions) => run(given, each => setLimits(each, id, given), limitsText));
}

function sealCommand(): Command {
  return leaf(
    'rotate',
    'encrypt all keys under COMPANY_MASTER_KEY that COMPANY_FORMER_MASTER_KEYS had encrypted',
  ).action((given: Common) =>
    run(
      given,
      async each => {
        const outcome = await each.rotateSeal();
        if (outcome.unreadable.length > 0) process.exitCode = 1;
        return outcome;
      },
      sealText,
    ),
  );
}

/** `usage`: the name, and its arguments if any. */
function leaf(usage: string, description: string): Command {
  const [name, ...args] = usage.split(' ');
  const command = new Command(name).description(description);
  for (const arg of args) command.argument(arg);
  return (
    command
      .option('--json', 'print JSON', false)
      .option('--server <url>', 'ask this running server instead of opening the database')
      .option('--api-key-env <name>', "variable with the key of that server's API", 'API_KEY')
      // Someone who writes a key as an option should not find it in a log of errors as well.
      .configureOutput({
        outputError: (error, write) => write(error.replace(/(unknown option '--[\w-]+)=.*'/s, "$1'")),
      })
  );
}

function withKeyLimit(command: Command): Command {
  return command
    .option('--limit-usd <usd>', 'what OpenRouter lets the key spend; none for no limit', usd)
    .addOption(
      new Option('--reset <period>', 'when what was spent begins anew').choices([
        'daily',
        'weekly',
        'monthly',
        'never',
      ]),
    );
}

async function run<Result>(
  { json, server, apiKeyEnv }: Common,
  work: (companies: CompanyAdministration) => Promise<Result>,
  text: (result: Result) => string,
): Promise<void> {
  const apiKey = process.env[apiKeyEnv]?.trim();
  const result = server
    ? await work(administerThere(server, apiKey ? new Secret(apiKey) : null))
    : await administerHere(loadConfig(process.env), work);
  console.log(json ? JSON.stringify(result) : text(result));
}

function keyLimit({ limitUsd, reset }: KeyLimitOptions) {
  return {
    ...(limitUsd !== undefined && { limitUsd: toLimit(limitUsd) }),
    ...(reset !== undefined && { reset: reset === 'never' ? null : reset }),
  };
}

async function setLimits(companies: CompanyAdministration, id: string, given: LimitOptions) {
  const scope = SCOPES.find(name => given[name] !== undefined) ?? 'company';
  const subject = scope === 'company' ? '*' : given[scope];
  const chosen = PERIODS.flatMap(([option, period]) => {
    const amount = given[option];
    return amount === undefined ? [] : [{ period, limitUsd: toLimit(amount) }];
  });
  let limits = null;
  for (const { period, limitUsd } of chosen)
    limits = await companies.setLimit(id, {
      scope,
      period,
      limitUsd,
      ...(subject !== undefined && { subject }),
      ...(given.warnAt !== undefined && { warnFraction: given.warnAt }),
    });
  if (!limits) throw new Error('Say how much: --monthly-usd 100, --daily-usd 5, or none to remove a limit.');
  return limits;
}

function toLimit(amount: Usd): number | null {
  return amount === 'none' ? null : amount;
}

function usd(value: string): Usd {
  if (value === 'none') return value;
  if (!/^\d+(\.\d+)?$/.test(value))
    throw new InvalidArgumentError('Write US dollars, as 50 or 0.5, or none.');
  return Number(value);
}

function part(value: string): number {
  const given = Number(value);
  if (!(value.trim() !== '' && given >= 0 && given <= 1))
    throw new InvalidArgumentError('Write a part from 0 to 1.');
  return given;
}
