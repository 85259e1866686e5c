import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { isAbsolute } from 'node:path';
import { fileURLToPath } from 'node:url';

// biome-ignore lint/suspicious/noExplicitAny: each method's argument is its own affair.
export type Methods = { [name: string]: (argument: any) => unknown };

interface Question {
  id: number;
  method: string;
  argument: unknown;
}

type Answer = { id: number; result: unknown } | { id: number; error: string };

/** Whether processes can be held to a core each here. */
export const canPin =
  process.platform === 'linux' &&
  availableParallelism() >= 2 &&
  spawnSync('taskset', ['-V'], { stdio: 'ignore' }).status === 0;

/** Another process of the bench, on a core of its own where that is possible. */
export class Peer<M extends Methods> {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  #id = 0;

  /** `name`: the module beside this one that the process runs, or the path of a compiled one. */
  constructor(name: string, core: number) {
    const ending = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
    const script = isAbsolute(name) ? name : fileURLToPath(new URL(`${name}.${ending}`, import.meta.url));
    // Those of who runs this file are for files like this one.
    const flags = isAbsolute(name) ? [] : process.execArgv;
    const node = [process.execPath, ...flags, '--expose-gc', script];
    const [command = '', ...args] = canPin ? ['taskset', '-c', String(core), ...node] : node;

    this.#child = spawn(command, args, {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      // Plain JSON would make null of what was never measured, and null is under every target.
      serialization: 'advanced',
    });
    this.#child.on('message', (answer: Answer) => this.#answered(answer));
    this.#child.on('exit', (code, signal) => {
      const error = new Error(`The bench's ${name} ended early (${signal ?? code}); it says why above.`);
      for (const { reject } of this.#waiting.values()) reject(error);
      this.#waiting.clear();
    });
  }

  ask<Name extends keyof M & string>(
    method: Name,
    argument: Parameters<M[Name]>[0],
  ): Promise<Awaited<ReturnType<M[Name]>>> {
    const id = ++this.#id;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve: resolve as (value: unknown) => void, reject });
      this.#child.send({ id, method, argument } satisfies Question);
    });
  }

  async end(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await exited;
  }

  #answered(answer: Answer): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if ('error' in answer) waiting?.reject(new Error(answer.error));
    else waiting?.resolve(answer.result);
  }
}

/** The other end, in the process itself: answers what is asked. */
export function answerWith(methods: Methods): void {
  process.on('message', async ({ id, method, argument }: Question) => {
    let answer: Answer;
    try {
      answer = { id, result: await methods[method]!(argument) };
    } catch (error) {
      answer = { id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
    }
    process.send?.(answer);
  });
  process.on('disconnect', () => process.exit());
}
