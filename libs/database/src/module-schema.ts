/** What a library keeps in PostgreSQL: its migrations, and the entities by which TypeORM reads its tables. */
export interface ModuleSchema {
  readonly entities: readonly (new () => object)[];
  readonly migrations: readonly (new () => object)[];
}
