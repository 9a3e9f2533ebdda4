import { Client } from 'pg';
import { expect, it } from '@jest/globals';
import { createTestDatabase } from '../../../test/support/test-database.js';
import { MessagingModule } from './messaging.module.js';
import { Retention } from './retention.js';

it('that fails is not tried again with every batch: each failure costs the relay its connection', async () => {
  const database = await createTestDatabase([MessagingModule.schema]);
  const client = new Client({ connectionString: database.url });
  await client.connect();
  await client.query('ALTER TABLE messaging.outbox RENAME TO elsewhere');
  const retention = new Retention();
  await expect(retention.prune(client)).rejects.toThrow('messaging.outbox');
  await expect(retention.prune(client)).resolves.toBeUndefined();
  await client.end();
  await database.drop();
});
