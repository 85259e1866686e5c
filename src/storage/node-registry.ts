import type { Clock } from '../../runtime/clock.ts';
import { type Repetition, repeatEvery } from '../jobs/repeat-every.ts';
import type { Database, Row } from './database.ts';
import { toPlainText } from './json-text.ts';
import type { Log } from './log.ts';

const HEARTBEAT_MS = 5_000;
/** A node that has missed more heartbeats than one is taken for dead. */
const ALIVE_MS = 15_000;
const IS_ALIVE = `nodes.heartbeat_at > now() - $3::float8 * interval '1 millisecond'`;

/** A node that shares the database, as others see it. */
export interface Peer {
  node: string;
  /** An origin, as `https://node-b.example.com`. */
  url: string;
  region: string;
  /** Live on it, by its latest heartbeat. */
  calls: number;
}

export interface NodeRegistryOptions {
  database: Database;
  /** Name of this node. Must be unique among nodes that share a database; a restarted one takes its row over. */
  node: string;
  /** Of the store that this node's calls are written with. */
  opening: string;
  url: string;
  region: string;
  /** Live on this node. */
  calls(): number;
  clock: Clock;
  log: Log;
}

/** The nodes that share a database. This one is in it from `register` to `leave`. */
export class NodeRegistry {
  readonly #options: NodeRegistryOptions;
  readonly #heartbeats: Repetition;
  #isDraining = false;
  #isInTouch = true;
  #beating: Promise<void> | null = null;

  private constructor(options: NodeRegistryOptions) {
    const { clock, log } = options;
    this.#options = options;
    this.#heartbeats = repeatEvery(HEARTBEAT_MS, () => this.#beat(), {
      clock,
      failed: error => log.warn({ error: error.message }, 'The heartbeat of this node failed'),
    });
  }

  static async register(options: NodeRegistryOptions): Promise<NodeRegistry> {
    const { database, node, opening, url, region, calls } = options;
    await database.query(
      `insert into aybiza.nodes (node, opening, url, region, calls) values ($1, $2, $3, $4, $5::int)
       on conflict (node) do update
         set opening = excluded.opening, url = excluded.url, region = excluded.region, calls = excluded.calls,
             draining = false, heartbeat_at = now()`,
      [toPlainText(node), opening, toPlainText(url), toPlainText(region), calls()],
    );
    return new NodeRegistry(options);
  }

  /** Whether the records were reached when they last had to be. If not, they are tried again, for whoever asks next. */
  inTouch(): boolean {
    if (!this.#isInTouch) this.#beat().catch(() => {});
    return this.#isInTouch;
  }

  /** From now on nobody sends calls here. */
  async drain(): Promise<void> {
    this.#isDraining = true;
    // One that is under way does not say so.
    await this.#beating?.catch(() => {});
    await this.#beat();
  }

  /** Other nodes that live and take calls: those of this region first, and of those the one with the fewest calls. */
  async peers(): Promise<Peer[]> {
    const { database, opening, region } = this.#options;
    const rows = await database.query(
      `select node, url, region, calls from aybiza.nodes
       where opening <> $1 and not draining and ${IS_ALIVE}
       order by region <> $2, calls, node`,
      [opening, toPlainText(region), ALIVE_MS],
    );
    return rows.map(toPeer);
  }

  /**
   * Which other node runs the live call with the carrier's id. It may be dead; or it has sent no heartbeat for long because it
   * cannot reach the database, and has the caller on the line.
   */
  async ownerOf(callSid: string): Promise<Peer | null> {
    const { database, opening } = this.#options;
    const [row] = await database.query(
      `select nodes.node, url, region, calls from aybiza.calls call
       join aybiza.nodes on nodes.opening = call.process->>'opening'
       where call.call_sid = $2 and call.status = 'live' and not call.released
         and nodes.opening <> $1
       order by call.started_at desc limit 1`,
      [opening, toPlainText(callSid)],
    );
    return row ? toPeer(row) : null;
  }

  /** Takes this node out of the registry. */
  async leave(): Promise<void> {
    const { database, node, opening } = this.#options;
    await this.#heartbeats.stop();
    await database.query('delete from aybiza.nodes where node = $1 and opening = $2', [
      toPlainText(node),
      opening,
    ]);
  }

  #beat(): Promise<void> {
    this.#beating ??= this.#writeBeat()
      .then(
        () => {
          this.#isInTouch = true;
        },
        error => {
          this.#isInTouch = false;
          throw error;
        },
      )
      .finally(() => {
        this.#beating = null;
      });
    return this.#beating;
  }

  /** A predecessor that still drains leaves the row to its successor. */
  async #writeBeat(): Promise<void> {
    const { database, node, opening, calls } = this.#options;
    await database.query(
      `update aybiza.nodes set heartbeat_at = now(), calls = $3::int, draining = $4::boolean
       where node = $1 and opening = $2`,
      [toPlainText(node), opening, calls(), this.#isDraining],
    );
  }
}

function toPeer({ node, url, region, calls }: Row): Peer {
  return { node, url, region, calls } as Peer;
}
