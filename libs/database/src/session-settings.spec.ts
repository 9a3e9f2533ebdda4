import { expect, it } from '@jest/globals';
import { Test } from '@nestjs/testing';
import { ConfigModule, loadConfig } from '#config';
import { asOwner } from '../../../test/support/database-server.js';
import { createTestDatabase } from '../../../test/support/test-database.js';
import { DatabaseModule } from './database.module.js';
import { Migrations } from './migrations.js';
import { Transactions } from './transactions.js';

it('a connection writes times, numbers and bytes as the code expects, whatever the database and the role have set', async () => {
  const own = await createTestDatabase();
  const name = new URL(own.url).pathname.slice(1);
  const odd = {
    DateStyle: 'German',
    IntervalStyle: 'sql_standard',
    TimeZone: 'Asia/Tokyo',
    bytea_output: 'escape',
    extra_float_digits: '-15',
    standard_conforming_strings: 'off',
    search_path: 'nowhere',
    default_transaction_isolation: 'serializable',
    default_transaction_read_only: 'on',
  };
  await asOwner(async (client) => {
    for (const [setting, value] of Object.entries(odd)) {
      await client.query(`ALTER DATABASE ${name} SET ${setting} = '${value}'`);
    }
  });
  const opened = await Test.createTestingModule({
    imports: [
      ConfigModule.forRoot(loadConfig({ ...process.env, DATABASE_URL: own.url })),
      DatabaseModule.forRoot('spec', [{ entities: [], migrations: [] }]),
    ],
  }).compile();
  try {
    await opened.init();
    await opened.get(Migrations).run();
    const { rows } = await opened.get(Transactions).run((tx) =>
      tx.query(
        `SELECT timestamptz '2026-01-02 03:04:05Z' AS at, timestamptz '2026-01-02' AS midnight, interval '90 minutes'::text AS wait,
           '\\x01'::bytea AS bytes, '\\x01'::bytea::text AS "bytesAsText", '\\n' AS backslash, 0.1::float8 + 0.2::float8 AS sum,
           current_setting('transaction_isolation') AS isolation`,
      ),
    );
    expect(rows).toEqual([
      {
        at: new Date('2026-01-02T03:04:05Z'),
        midnight: new Date('2026-01-02T00:00:00Z'),
        wait: '01:30:00',
        bytes: Buffer.from([1]),
        bytesAsText: String.raw`\x01`,
        backslash: String.raw`\n`,
        sum: 0.1 + 0.2,
        isolation: 'read committed',
      },
    ]);
  } finally {
    await opened.close();
    await own.drop();
  }
});
