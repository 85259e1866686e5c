import type { SimulatedClock } from '../../runtime/clock.ts';
import type { Database, Row } from '../../src/storage/database.ts';
import type { Network } from './network.ts';
import type { Process } from './process.ts';
import type { Records } from './records.ts';
import { statements } from './statements.ts';

/** What befalls the database: each is looked at anew for every statement. */
export interface DatabaseTrouble {
  /** It refuses everything until then. */
  downUntilMs: number;
  /** How many times slower than usual. */
  slowness: number;
  /** Share of statements that are done, and whose answer is lost. */
  lostAnswers: number;
}

const USUAL_MS = 2;
/** The driver gives up on an answer after so long. */
const NO_ANSWER_MS = 10_000;
export const DATABASE = 'database';

/** Runs a statement on the records, as PostgreSQL would. */
export function execute(records: Records, sql: string, params: readonly unknown[], nowMs: number): Row[] {
  const text = sql.trim();
  const statement = statements.find(([fits]) => fits.test(text));
  if (!statement) throw new Error(`The world’s database does not know this statement: ${text}`);
  return statement[1](records, params, nowMs);
}

/** One process's connection to the records that all share. What was sent is done, even when the sender has died. */
export class DatabaseLink implements Database {
  readonly kind = 'postgresql';
  readonly #clock: SimulatedClock;
  readonly #network: Network;
  readonly #records: Records;
  readonly #process: Process;
  readonly #trouble: DatabaseTrouble;
  readonly #chance: () => number;

  constructor(parts: {
    clock: SimulatedClock;
    network: Network;
    records: Records;
    process: Process;
    trouble: DatabaseTrouble;
    chance(): number;
  }) {
    this.#clock = parts.clock;
    this.#network = parts.network;
    this.#records = parts.records;
    this.#process = parts.process;
    this.#trouble = parts.trouble;
    this.#chance = parts.chance;
  }

  query<R extends Row = Row>(sql: string, params: readonly unknown[] = []): Promise<R[]> {
    return new Promise((resolve, reject) => {
      let isOver = false;
      const end = (tell: () => void) => {
        if (isOver) return;
        isOver = true;
        this.#process.receive(tell);
      };
      const fail = (why: string) => end(() => reject(new Error(`database: ${why}`)));
      this.#clock.setTimeout(() => {
        if (this.#isCut) {
          this.#clock.setTimeout(() => fail('no answer'), NO_ANSWER_MS);
          return;
        }
        if (this.#trouble.downUntilMs > this.#clock.now()) {
          fail('it refuses connections');
          return;
        }
        const rows = execute(this.#records, sql, params, this.#clock.wallTime()) as R[];
        if (this.#chance() < this.#trouble.lostAnswers) fail('the connection was reset');
        else
          this.#clock.setTimeout(
            () => (this.#isCut ? fail('the connection was reset') : end(() => resolve(rows))),
            this.#travelMs(),
          );
      }, this.#travelMs());
    });
  }

  transaction(): Promise<never> {
    throw new Error(
      'The world’s database has no transactions of several statements: nothing that it runs has.',
    );
  }

  async close(): Promise<void> {}

  get #isCut(): boolean {
    return this.#network.isCut(this.#process.name, DATABASE);
  }

  #travelMs(): number {
    return this.#network.latencyMs(USUAL_MS) * this.#trouble.slowness;
  }
}
