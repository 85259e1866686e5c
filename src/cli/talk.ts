import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { Command, Option } from 'commander';
import { type Clock, systemClock } from '../../runtime/clock.ts';
import { loadConfig } from '../config.ts';
import { type Flow, flowNames, loadFlow } from '../flows/flows.ts';
import { createLogger } from '../log.ts';
import { type ModelProviderName, modelNames } from '../provider-settings.ts';
import { openHosted } from '../scenarios/hosted.ts';
import { secretsIn } from '../secret.ts';
import { Inputs } from '../talk/inputs.ts';
import { Memory } from '../talk/memory.ts';
import type { News } from '../talk/news.ts';
import { RehearsedEngine } from '../talk/rehearsed-engine.ts';
import { type Engine, TalkSession } from '../talk/session.ts';
import { watchFlow } from '../talk/watch-flow.ts';
import { inColours, jsonScreen, plainScreen, type TalkScreen, withoutColours } from './talk-screen.ts';
import { openTalkTerminal } from './talk-terminal.ts';

export interface TalkFlags {
  flows?: string;
  model?: ModelProviderName;
  language?: string;
  say: readonly string[];
  json: boolean;
  fast: boolean;
  audio: boolean;
  out: string;
}

/** Where a conversation is typed and shown. */
export interface TalkStreams {
  input: Readable & { isTTY?: boolean };
  output: Writable & { isTTY?: boolean };
}

/** `talk`: a conversation with a flow, typed. */
export function talkCommand(): Command {
  return new Command('talk')
    .description('Talk with a flow: type what the caller says, and see what it makes of it.')
    .argument('[flow]', 'name of a flow, or path of its file; FLOW by default')
    .option('--flows <dir>', 'folder of the flows; FLOWS_DIR by default')
    .addOption(
      new Option(
        '--model <provider>',
        'a hosted model answers, with the settings of the server; default: the flow itself',
      ).choices([...modelNames]),
    )
    .option('--language <tag>', 'what the caller speaks, as es; default: the first language of the flow')
    .option('--say <line>', 'say this, or obey this command, instead of asking; repeatable', collect, [])
    .option('--json', 'print everything that happens as JSON, an object a line', false)
    .option('--fast', 'show replies at once instead of as they are said', false)
    .option(
      '--audio',
      'speak and listen for real: a server in this process, its embedded ears and voice, and a caller who speaks what is typed (English)',
      false,
    )
    .option('--out <folder>', 'where --audio puts the recording', 'recordings')
    .action(async (name: string | undefined, flags: TalkFlags) => {
      await talk(name, flags, { input: process.stdin, output: process.stdout });
    });
}

/** Talks until the person leaves or there is nothing more to say. */
export async function talk(
  name: string | undefined,
  flags: TalkFlags,
  streams: TalkStreams,
  env: Readonly<Record<string, string | undefined>> = process.env,
  clock: Clock = systemClock,
): Promise<void> {
  const settings = {
    ...env,
    ...(flags.flows !== undefined && { FLOWS_DIR: flags.flows }),
    // Ears and voice are text here, or embedded.
    STT_PROVIDER: undefined,
    TTS_PROVIDER: undefined,
    // The settings of the provider are checked as the server would check them.
    ...(flags.model && { LLM_PROVIDER: flags.model }),
  };
  const config = loadConfig(settings);
  const load = async () => loadFlow(name ?? (await usualFlow(config)), config.flowsDir);
  const flow = await load();
  const language = languageFor(flow, flags.language);
  const inputs = new Inputs();
  const { screen, isLive } = openScreen(flags, streams, inputs);
  const leave = () => inputs.leave();
  // Somebody who has seen enough, as `head`, ends the conversation and not the world.
  const onBroken = (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    leave();
  };
  streams.output.on('error', onBroken);
  for (const signal of LEAVING) process.once(signal, leave);
  const stopWatching = watchFlow(flow.file, clock, () => inputs.put({ kind: 'saved' }));
  let opened: OpenedEngine | null = null;
  try {
    opened = await openEngine({
      flow,
      load,
      language,
      flags,
      clock: isLive && !flags.fast ? clock : null,
      screen,
      settings,
    });
    const { engine } = opened;
    await TalkSession.hold({ engine, inputs, isLive, tell: lines => screen.tell(lines) });
  } finally {
    stopWatching();
    for (const signal of LEAVING) process.off(signal, leave);
    await opened?.close();
    screen.close();
    streams.output.off('error', onBroken);
  }
}

const LEAVING = ['SIGINT', 'SIGTERM'] as const;

interface OpenedEngine {
  engine: Engine;
  close(): Promise<void>;
}

interface EngineOptions {
  flow: Flow;
  load(): Promise<Flow>;
  language: string;
  flags: TalkFlags;
  /** Replies take their time on it; null: none. */
  clock: Clock | null;
  screen: TalkScreen;
  settings: Readonly<Record<string, string | undefined>>;
}

async function openEngine(options: EngineOptions): Promise<OpenedEngine> {
  const { flow, load, language, flags, clock, screen, settings } = options;
  const onNews = (news: News) => screen.news(news);
  const tell = (lines: readonly string[]) => screen.tell(lines);
  const greeting = `${flow.name}, in ${language}. You are the caller; /help tells what you can type.`;
  if (flags.audio) {
    requireEnglish(language);
    const { SpokenEngine } = await import('../talk/spoken-engine.ts');
    const engine = await SpokenEngine.create(flow, {
      load,
      language,
      settings,
      hasModel: flags.model !== undefined,
      out: flags.out,
      clock: systemClock,
      onNews,
      tell,
    });
    tell([greeting]);
    return { engine, close: () => engine.close() };
  }
  const config = loadConfig(settings);
  const log = createLogger({ level: 'warn', node: config.node, secrets: secretsIn(config) });
  const hosted = flags.model ? await openHosted(flags.model, config, log) : null;
  tell([greeting]);
  return {
    engine: new RehearsedEngine(flow, load, {
      language,
      model: hosted && (clock => hosted.modelFor(clock)),
      memory: new Memory(),
      pace: clock,
      onNews,
    }),
    close: async () => hosted?.close(),
  };
}

/** Lines come from `--say`, from a person at a terminal, or from whatever is piped in. */
function openScreen(flags: TalkFlags, { input, output }: TalkStreams, inputs: Inputs) {
  const paint = output.isTTY && !process.env.NO_COLOR ? inColours : withoutColours;
  const onLine = (text: string) => inputs.put({ kind: 'line', text });
  const onEnd = () => inputs.put({ kind: 'end' });
  if (input.isTTY && output.isTTY && flags.say.length === 0 && !flags.json) {
    const screen = openTalkTerminal({ input, output, paint, onLine, onLeave: () => inputs.leave() });
    return { screen, isLive: true };
  }

  const screen = flags.json ? jsonScreen(output) : plainScreen(output, paint);
  if (flags.say.length > 0) {
    for (const line of flags.say) onLine(line);
    onEnd();
    return { screen, isLive: false };
  }
  const lines = createInterface({ input, terminal: false }).on('line', onLine).on('close', onEnd);
  return { screen: { ...screen, close: () => lines.close() }, isLive: false };
}

/** Throws when the flow does not speak it. */
function languageFor({ name, info: { languages } }: Flow, wanted: string | undefined): string {
  const language = wanted ?? languages[0] ?? 'en';
  if (!languages.includes(language.split('-')[0] as string))
    throw new Error(`${name} does not speak ${language}. It speaks ${languages.join(', ')}.`);
  // Callers of an English flow speak American, as the product assumes.
  return language === 'en' ? 'en-US' : language;
}

function requireEnglish(language: string): void {
  if (!language.startsWith('en'))
    throw new Error(
      `--audio has an English voice and English ears. Leave it out to talk in ${language}, in text.`,
    );
}

/** The one that the settings name, or the only one there is. */
async function usualFlow({ flow, flowsDir }: ReturnType<typeof loadConfig>): Promise<string> {
  const names = await flowNames(flowsDir);
  const named = Object.keys(flow).find(each => names.includes(each));
  const [only, ...others] = names;
  if (named !== undefined) return named;
  if (only !== undefined && others.length === 0) return only;
  throw new Error(`Say which flow to talk with: ${names.join(', ') || `there is none in ${flowsDir}`}.`);
}

function collect(line: string, lines: readonly string[]): string[] {
  return [...lines, line];
}
