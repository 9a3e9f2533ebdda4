import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Test, type TestingModule } from '@nestjs/testing';
import type { QueryRunner } from 'typeorm';
import { ConfigModule, loadConfig } from '#config';
import { createTestDatabase, type TestDatabase } from '../../../test/support/test-database.js';
import { DatabaseModule } from './database.module.js';
import { ForwardMigration } from './forward-migration.js';
import { Migrations, SchemaOutdated } from './migrations.js';

class First1764000000001 extends ForwardMigration {
  override async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE TABLE first (id int PRIMARY KEY)');
  }
}

class Second1764000000002 extends ForwardMigration {
  override async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE TABLE second (id int PRIMARY KEY)');
    await runner.query('SELECT 1 / count(*) FROM first');
  }
}

const programs: TestingModule[] = [];
let database: TestDatabase;

async function program(migrations: readonly (new () => object)[]): Promise<Migrations> {
  const opened = await Test.createTestingModule({
    imports: [
      ConfigModule.forRoot(loadConfig({ DATABASE_URL: database.url })),
      DatabaseModule.forRoot('spec', [{ entities: [], migrations }]),
    ],
  }).compile();
  programs.push(await opened.init());
  return opened.get(Migrations);
}

beforeAll(async () => {
  database = await createTestDatabase();
});

afterAll(async () => {
  for (const opened of programs) await opened.close();
  await database.drop();
});

describe('migrations', () => {
  it('are missed by a program that starts before them', async () => {
    const early = (await program([First1764000000001])).assertApplied();
    await expect(early).rejects.toThrow(SchemaOutdated);
    await expect(early).rejects.toThrow(/First1764000000001.*`migrate`/);
  });

  it('are applied once, however many processes start at the same time', async () => {
    const starting = await Promise.all([program([First1764000000001]), program([First1764000000001])]);
    const applied = await Promise.all(starting.map((migrations) => migrations.run()));
    expect(applied.flat()).toEqual(['First1764000000001']);
    await starting[1].assertApplied();
  });

  it('leave nothing behind when they fail, and are tried again', async () => {
    const failing = await program([First1764000000001, Second1764000000002]);
    await expect(failing.run()).rejects.toThrow('division by zero');
    await expect(failing.assertApplied()).rejects.toThrow('Second1764000000002');
    await expect(failing.run()).rejects.toThrow('division by zero');
  });

  it('refuse to go backwards', async () => {
    await expect(new First1764000000001().down()).rejects.toThrow('only go forward');
  });
});
