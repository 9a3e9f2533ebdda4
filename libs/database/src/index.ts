export { DatabaseModule } from './database.module.js';
export { Transactions } from './transactions.js';
export { col, statement, Statement, type RowOf } from './statement.js';
export { Reader, Tx } from './tx.js';
export {
  DatabaseBusy,
  DatabaseUnavailable,
  databaseFailure,
  isUniqueViolation,
  sqlStateOf,
} from './database.errors.js';
export { ForwardMigration } from './forward-migration.js';
export { Migrations, SchemaOutdated } from './migrations.js';
export { clientOptions } from './client-options.js';
export { NotificationListener } from './notification-listener.js';
export { Purge } from './purge.js';
export type { ModuleSchema } from './module-schema.js';
export type { Invariant } from './invariant.js';
export { Invariants } from './invariants.js';
