import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Call } from '../../runtime/call.ts';
import { type Clock, systemClock } from '../../runtime/clock.ts';
import type { SynthesisStream } from '../../runtime/ports.ts';
import { boot, type Product } from '../boot.ts';
import { placeCall } from '../caller/phone-call.ts';
import { loadConfig } from '../config.ts';
import type { Flow } from '../flows/flows.ts';
import type { Act, Conversation } from './conversation.ts';
import { Memory } from './memory.ts';
import type { News } from './news.ts';
import { saveScenario } from './save-scenario.ts';
import type { Engine } from './session.ts';
import { AudibleRecorder, openSoundPlayer } from './sound-player.ts';
import { Spoken } from './spoken.ts';

export interface SpokenEngineOptions {
  load(): Promise<Flow>;
  /** BCP-47; some English. */
  language: string;
  /** The settings of the server, for language models; those of ears, voice and storage are its own. */
  settings: Readonly<Record<string, string | undefined>>;
  hasModel: boolean;
  /** Folder of the recordings. */
  out: string;
  clock: Clock;
  onNews(news: News): void;
  tell(lines: readonly string[]): void;
}

/** Who types is slower than who speaks: a caller is reminded later than on a telephone. */
const SILENCE_S = '60';
const CALLER_VOICE = 'rms';
/** What is of this machine or of real callers, and has no place in a server that lives as long as a conversation. */
const NOT_OURS = [
  'PORT',
  'HOST',
  'PUBLIC_URL',
  'TWILIO_AUTH_TOKEN',
  'TWILIO_ACCOUNT_SID',
  'DATABASE_URL',
  'REDIS_URL',
  'API_KEY',
  'AYBIZA_AGENTS',
  'COMPANY_MASTER_KEY',
  'OPENROUTER_MANAGEMENT_KEY',
  'TRANSFER_NUMBER',
  'STT_PROVIDER',
  'TTS_PROVIDER',
  'VOICE',
];

interface Served {
  version: string;
  product: Product;
}

/** Conversations over the media plane: a server, its ears and its voice, and a caller who speaks what is typed. */
export class SpokenEngine implements Engine {
  /** What was said aloud was said. */
  readonly rewind = null;
  readonly #options: SpokenEngineOptions;
  readonly #dataDir: string;
  #flow: Flow;
  #served: Served | null = null;
  #voice: { stream: SynthesisStream; close(): Promise<void> } | null = null;
  /** Waits for the server's side of the call that is being placed. */
  #onCall: (call: Call) => void = () => {};

  private constructor(flow: Flow, dataDir: string, options: SpokenEngineOptions) {
    this.#flow = flow;
    this.#dataDir = dataDir;
    this.#options = options;
  }

  static async create(flow: Flow, options: SpokenEngineOptions): Promise<SpokenEngine> {
    return new SpokenEngine(flow, await mkdtemp(join(tmpdir(), 'aybiza-talk-')), options);
  }

  async open(): Promise<Conversation> {
    const { clock, onNews, tell } = this.#options;
    const { product } = await this.#serve();
    const player = openSoundPlayer(process.env.PATH, clock);
    const recorder = new AudibleRecorder(clock, player);
    const answered = new Promise<Call>(resolve => {
      this.#onCall = resolve;
    });
    const phone = await placeCall(product.server.url, {
      from: '+12025550123',
      to: '+12025550100',
      clock,
      recorder,
    });
    const onClosed = async () => {
      const file = await this.#keep(recorder);
      tell([`Recorded in ${file}: caller left, agent right.`]);
      await player?.finish(file);
    };
    if (!player) tell(['No aplay, paplay, ffplay or afplay here: the conversation is recorded, not played.']);
    return new Spoken({
      call: await answered,
      phone,
      clock,
      speak: text => this.#speak(text),
      onNews,
      onClosed,
    });
  }

  async reload(): Promise<Flow | null> {
    const flow = await this.#options.load();
    if (flow.version === this.#flow.version) return null;
    this.#flow = flow;
    return flow;
  }

  async carryOn(): Promise<{ gone: string }> {
    return { gone: 'What was said aloud is said' };
  }

  save(name: string, acts: readonly Act[]): Promise<string> {
    const { language, onNews } = this.#options;
    const memory = new Memory();
    const options = { flow: this.#flow, language, model: null, memory, from: null, pace: null, onNews };
    return saveScenario(name, acts, options);
  }

  async close(): Promise<void> {
    await this.#voice?.close();
    await this.#served?.product.shutDown({ drain: false });
    await rm(this.#dataDir, { recursive: true, force: true });
  }

  /** A server of the flow as it is now. */
  async #serve(): Promise<Served> {
    if (this.#served?.version === this.#flow.version) return this.#served;
    await this.#served?.product.shutDown({ drain: false });
    this.#served = null;
    const product = await boot(this.#config(), {
      onProgress: message => this.#options.tell([`${message}…`]),
      host: { onCall: call => this.#onCall(call) },
    });
    this.#served = { version: this.#flow.version, product };
    return this.#served;
  }

  #config() {
    const { settings, language, hasModel } = this.#options;
    const others = Object.entries(settings).filter(([name]) => !NOT_OURS.includes(name));
    return loadConfig({
      SILENCE_S,
      ...Object.fromEntries(others),
      ...(!hasModel && { LLM_PROVIDER: undefined, LLM_PREFERRED: undefined }),
      PORT: '0',
      LOG_LEVEL: 'error',
      AYBIZA_DATA_DIR: this.#dataDir,
      FLOW: this.#flow.name,
      FLOWS_DIR: dirname(this.#flow.file),
      LANGUAGE: language,
    });
  }

  async #speak(text: string): Promise<Uint8Array> {
    this.#voice ??= await openVoice(this.#options.language);
    const pieces: Uint8Array[] = [];
    const { signal } = new AbortController();
    for await (const piece of this.#voice.stream.speak(text, signal)) pieces.push(piece.slice());
    return Buffer.concat(pieces);
  }

  async #keep(recorder: AudibleRecorder): Promise<string> {
    const { out } = this.#options;
    await mkdir(out, { recursive: true });
    const time = new Date(systemClock.wallTime()).toISOString().replaceAll(/[:.]/g, '-');
    const file = join(out, `talk-${this.#flow.name}-${time}.wav`);
    await writeFile(file, recorder.toWav());
    return file;
  }
}

async function openVoice(language: string) {
  const { openFliteSynthesis } = await import('../providers/embedded/synthesis/flite.ts');
  const synthesis = await openFliteSynthesis();
  const stream = synthesis.open({ callId: 'caller', voice: CALLER_VOICE, language });
  return {
    stream,
    async close() {
      stream.close();
      await synthesis.close();
    },
  };
}
