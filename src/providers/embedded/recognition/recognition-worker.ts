import { parentPort, workerData } from 'node:worker_threads';
import { DecoderPool } from './decoder-pool.ts';
import { Dictionary } from './dictionary.ts';
import { compileGrammar } from './grammar.ts';
import type { RecognitionAnswer, RecognitionRequest, RecognitionWorkerData } from './recognition-messages.ts';
import { loadSphinxModule } from './sphinx-module.ts';
import { Utterances } from './utterances.ts';

const port = parentPort!;
const { files, maxDecoders, memoryBytes } = workerData as RecognitionWorkerData;
const tell = (answer: RecognitionAnswer) => port.postMessage(answer);

const pool = await DecoderPool.open({
  maxDecoders,
  memoryBytes,
  loadModule: () => loadSphinxModule(files, memoryBytes),
});
const dictionary = new Dictionary(files.dictionary);

// The first decoder takes the longest, and shows that the model is whole.
const grammar = compileGrammar([], dictionary);
const first = pool.take(0, grammar);
if (first) {
  first.start(grammar);
  first.stop();
  pool.giveBack(first);
}

const utterances = new Utterances(pool, dictionary, tell);
port.on('message', (request: RecognitionRequest) => utterances.take(request));
tell({ type: 'ready' });
