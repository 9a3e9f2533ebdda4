/** An invariant of the data, written as a query: it holds while the query returns no rows, and every row returned names one violation. */
export interface Invariant {
  /** Stable, snake_case, begins with the module's name: `payment_one_live_attempt`. */
  readonly name: string;
  /** One sentence that says what always holds. */
  readonly description: string;
  /** Takes no parameters. Bounded by what the tables' indexes can serve, since it also runs against live shops. */
  readonly sql: string;
}
