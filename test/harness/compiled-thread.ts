import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker, type WorkerOptions } from 'node:worker_threads';
import { inject } from 'vitest';
import { ROOT } from './kept-folder.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Folder of the compiled product. */
    product: string;
  }
}

/** Starts the thread of the compiled product: one of source takes half a second of computing to compile as it goes. */
export function startWorker(name: string, from: string, options: WorkerOptions = {}): Worker {
  const module = relative(ROOT, fileURLToPath(new URL(`${name}.js`, from)));
  return new Worker(join(inject('product'), 'dist', module), options);
}
