import type { QueryRunner } from 'typeorm';
import { ForwardMigration } from '#database';

/** Any fixed number: who raises the tokens does it alone. Advisory locks of two numbers, as the keys have, are others. */
const ADVISORY_KEY = 5_147_083;
/** Others go on drawing tokens while one raises them. Should they overtake it meanwhile, by less than this, none is drawn twice. */
const MARGIN = 1_000_000;

/**
 * Every later token is greater than `above`. For data that knows tokens of another driver, or of a database that this one was not restored
 * with.
 */
export class RaiseTokens1764000080002 extends ForwardMigration {
  override async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE FUNCTION locking.raise_tokens(above bigint) RETURNS void LANGUAGE plpgsql AS $$
      BEGIN
        PERFORM pg_advisory_xact_lock(${ADVISORY_KEY});
        IF nextval('locking.tokens') <= above THEN
          PERFORM setval('locking.tokens', above + ${MARGIN});
        END IF;
      END $$`);
  }
}
