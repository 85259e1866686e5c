import { EventEmitter } from 'node:events';
import type { PGlite, Results } from '@electric-sql/pglite';
import type { PgNotification, PgPool, PgPoolClient, PgQueryResult } from 'bullmq';

/** `bigint` as text, as the `pg` driver gives it; BullMQ relies on that. */
const INT8_AS_TEXT = { parsers: { 20: (value: string) => value } };

/**
 * Makes one PGlite look like a `pg.Pool` to BullMQ's PostgreSQL backend. All clients share PGlite's single session, and
 * each hears every notification.
 */
export class PglitePool extends EventEmitter implements PgPool {
  /** BullMQ waits long for a notification only where the connection reports its own loss; this one cannot be lost. */
  readonly options = { keepAlive: true };
  readonly #pglite: PGlite;
  readonly #clients = new Set<PgliteClient>();
  readonly #stopListening: () => void;

  constructor(pglite: PGlite) {
    super();
    this.#pglite = pglite;
    this.#stopListening = pglite.onNotification((channel, payload) => {
      for (const client of this.#clients)
        client.emit('notification', { channel, payload } satisfies PgNotification);
    });
  }

  async query<R>(text: string, params?: readonly unknown[]): Promise<PgQueryResult<R>> {
    const { rows, affectedRows } = (await this.#run(text, params)) as Results<R>;
    return { rows, rowCount: rows.length || (affectedRows ?? 0) };
  }

  async connect(): Promise<PgPoolClient> {
    const client = new PgliteClient(this, () => this.#clients.delete(client));
    this.#clients.add(client);
    return client;
  }

  async end(): Promise<void> {
    this.#stopListening();
    this.#clients.clear();
  }

  async #run(text: string, params?: readonly unknown[]): Promise<unknown> {
    if (params?.length) return this.#pglite.query(text, [...params], INT8_AS_TEXT);
    return (await this.#pglite.exec(text, INT8_AS_TEXT)).at(-1) ?? { rows: [] };
  }
}

class PgliteClient extends EventEmitter implements PgPoolClient {
  readonly #pool: PglitePool;
  readonly release: () => void;

  constructor(pool: PglitePool, release: () => void) {
    super();
    this.#pool = pool;
    this.release = release;
  }

  query<R>(text: string, params?: readonly unknown[]): Promise<PgQueryResult<R>> {
    return this.#pool.query<R>(text, params);
  }
}
