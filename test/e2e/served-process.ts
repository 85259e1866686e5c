import { type ChildProcess, spawn } from 'node:child_process';
import { compiledProgram } from '../harness/compiled-product.ts';
import { ROOT } from '../harness/kept-folder.ts';
import { within } from '../harness/wire-server.ts';

/** Opening a database and three speech parts on a busy machine takes its time. */
const BOOT_LIMIT_MS = 90_000;

/** `aybiza serve` as an operator runs it: a process, its settings, its two outputs. */
export class ServedProcess {
  stdout = '';
  stderr = '';
  readonly #child: ChildProcess;
  readonly #exit: Promise<{ code: number | null; signal: string | null }>;
  #news = () => {};

  /** Starts it with these settings and no others. Who starts it kills it. */
  static async start(settings: Record<string, string>): Promise<ServedProcess> {
    return new ServedProcess(await compiledProgram('src/cli/main.ts'), settings);
  }

  private constructor(program: string, settings: Record<string, string>) {
    const { PATH = '', HOME = '' } = process.env;
    this.#child = spawn(process.execPath, [program, 'serve'], {
      cwd: ROOT,
      env: { PATH, HOME, ...settings },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child.stdout?.on('data', piece => {
      this.stdout += piece;
      this.#news();
    });
    this.#child.stderr?.on('data', piece => {
      this.stderr += piece;
      this.#news();
    });
    this.#exit = new Promise(resolve => {
      this.#child.on('close', (code, signal) => {
        resolve({ code, signal });
        this.#news();
      });
    });
  }

  /** Everything it has printed. */
  get output(): string {
    return this.stdout + this.stderr;
  }

  /** The address it prints once it answers calls. */
  async url(): Promise<string> {
    const found = await this.printed(/answers calls on (http:\S+)/);
    return found[1] ?? '';
  }

  /** Settles when its output has this. */
  printed(pattern: RegExp): Promise<RegExpExecArray> {
    const found = new Promise<RegExpExecArray>((resolve, reject) => {
      this.#news = () => {
        const match = pattern.exec(this.output);
        if (match) resolve(match);
        else if (this.#child.exitCode !== null) reject(new Error(`It has ended:\n${this.output}`));
      };
      this.#news();
    });
    return within(found, () => `${pattern} in:\n${this.output}`, BOOT_LIMIT_MS);
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async kill(): Promise<void> {
    this.signal('SIGKILL');
    await this.#exit;
  }

  exited(): Promise<{ code: number | null; signal: string | null }> {
    return within(this.#exit, () => `the process to end:\n${this.output}`, BOOT_LIMIT_MS);
  }
}
