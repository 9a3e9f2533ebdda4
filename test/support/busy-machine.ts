/** Settings of processes that do not test their limits: a busy machine may take seconds to let them in. */
export const BUSY_MACHINE = { DATABASE_CONNECT_TIMEOUT_MS: '15000', REDIS_COMMAND_TIMEOUT_MS: '10000' };
