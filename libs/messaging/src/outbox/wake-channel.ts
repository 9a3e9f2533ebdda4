/** PostgreSQL channel by which a commit wakes the relay. It carries no payload: what is to be published stands in the table. */
export const WAKE_CHANNEL = 'messaging_outbox';
