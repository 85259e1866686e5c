import type { AnyStateMachine } from 'xstate';
import { readChart } from '../draw/chart-model.ts';
import type { Coverage } from '../draw/paint-coverage.ts';
import { Asset } from './asset.ts';
import type { DrawingThread } from './drawing-thread.ts';
import type { LazyThread } from './lazy-thread.ts';

const MOST_KEPT = 60;
const SVG = 'image/svg+xml; charset=utf-8';

/** Pictures of charts, each drawn once, in a thread of its own. */
export class ChartPictures {
  readonly #thread: LazyThread<DrawingThread>;
  /** By key, the one asked for longest ago first. */
  readonly #kept = new Map<string, Promise<Asset>>();

  constructor(thread: LazyThread<DrawingThread>) {
    this.#thread = thread;
  }

  /** `key` names the chart's content, and that of the coverage that is painted over it. */
  of(key: string, machine: AnyStateMachine, coverage: Coverage | null = null): Promise<Asset> {
    const picture = this.#kept.get(key) ?? this.#draw(machine, coverage);
    this.#kept.delete(key);
    this.#kept.set(key, picture);
    const [eldest] = this.#kept.keys();
    if (this.#kept.size > MOST_KEPT && eldest !== undefined) this.#kept.delete(eldest);
    picture.catch(() => this.#kept.delete(key));
    return picture;
  }

  async #draw(machine: AnyStateMachine, coverage: Coverage | null): Promise<Asset> {
    // A machine has code in it, which no thread can be sent; what is drawn of it is plain.
    const svg = await this.#thread.call('draw', readChart(machine), coverage);
    return new Asset(Buffer.from(svg), SVG);
  }
}
