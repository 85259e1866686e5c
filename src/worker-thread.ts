import { Worker, type WorkerOptions } from 'node:worker_threads';

/**
 * Starts `name` (a sibling module of `from`, without its ending) in a worker thread. Runs the compiled file beside
 * compiled code, and the TypeScript source beside source. (Tests start compiled threads: test/harness/compiled-thread.ts.)
 */
export function startWorker(name: string, from: string, options: WorkerOptions = {}): Worker {
  if (!from.endsWith('.ts')) return new Worker(new URL(`${name}.js`, from), options);

  // `--import tsx` does nothing inside a worker on Node 20; registering by hand there does.
  const module = JSON.stringify(new URL(`${name}.ts`, from).href);
  const loader = JSON.stringify(import.meta.resolve('tsx/esm/api'));
  const boot = `import(${loader}).then(tsx => { tsx.register(); return import(${module}); })`;
  return new Worker(boot, { ...options, eval: true });
}
