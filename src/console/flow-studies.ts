import { stat } from 'node:fs/promises';
import type { Flow } from '../flows/flows.ts';
import { scenarioFileOf } from '../scenarios/read-scenarios.ts';
import type { LazyThread } from './lazy-thread.ts';
import type { FlowStudy } from './protocol.ts';
import type { StudyThread } from './study-thread.ts';

const MOST_KEPT = 100;

/** What checking a flow and playing its scenarios says, worked out once for each content of their files. */
export class FlowStudies {
  readonly #thread: LazyThread<StudyThread>;
  readonly #folder: string;
  readonly #dataDir: string;
  readonly #kept = new Map<string, Promise<FlowStudy>>();

  constructor(thread: LazyThread<StudyThread>, { folder, dataDir }: { folder: string; dataDir: string }) {
    this.#thread = thread;
    this.#folder = folder;
    this.#dataDir = dataDir;
  }

  async of({ name, version, file }: Pick<Flow, 'name' | 'version' | 'file'>): Promise<FlowStudy> {
    const changed = await Promise.all([file, scenarioFileOf(file)].map(changedAt));
    const key = [name, version, ...changed].join(' ');
    const known = this.#kept.get(key);
    if (known) return known;
    const study = this.#thread.call('study', name, this.#folder, this.#dataDir);
    if (this.#kept.size >= MOST_KEPT) this.#kept.clear();
    this.#kept.set(key, study);
    study.catch(() => this.#kept.delete(key));
    return study;
  }
}

/** 0 for a file that is not there. */
async function changedAt(file: string): Promise<number> {
  return (await stat(file).catch(() => null))?.mtimeMs ?? 0;
}
