export type Row = Record<string, unknown>;

export interface Queryable {
  /**
   * Runs SQL in PostgreSQL's dialect and returns its rows. Without parameters the text may hold several statements, and
   * the rows are the last one's. Cast `bigint` to `text` or `int`: drivers differ on it.
   */
  query<R extends Row = Row>(text: string, params?: readonly unknown[]): Promise<R[]>;
}

/** Where records are kept. PostgreSQL and PGlite take the same SQL and the same migrations. */
export interface Database extends Queryable {
  readonly kind: 'postgresql' | 'pglite';
  /**
   * Commits what `run` did, or rolls it back when `run` throws. Inside, use only the given `Queryable`: PGlite has one
   * session, and a query beside the transaction would wait for it for ever.
   */
  transaction<T>(run: (tx: Queryable) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}
