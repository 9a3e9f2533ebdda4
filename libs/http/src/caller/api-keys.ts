import { Inject, Injectable } from '@nestjs/common';
import { timingSafeEqual } from 'node:crypto';
import { recordAudit } from '#audit';
import { Config } from '#config';
import { Transactions } from '#database';
import { hashToken, newId, newToken, type Id } from '#kernel';
import type { Caller } from './caller.js';
import { Scopes } from './scopes.js';

export const API_KEY_PREFIX = 'hf_';

export interface ApiKey {
  readonly id: Id<'key'>;
  readonly label: string;
  readonly scopes: readonly string[];
  readonly createdAt: Date;
  readonly revokedAt: Date | null;
}

const REVOKE = `
  UPDATE http.api_keys SET revoked_at = now() WHERE id = $1 AND revoked_at IS NULL
  RETURNING label, scopes, revoked_at AS "revokedAt"`;

/** Keys of staff and machines. A key is looked up at every use, so a revoked one ends at once. */
@Injectable()
export class ApiKeys {
  private readonly adminHash: string | undefined;

  constructor(
    private readonly transactions: Transactions,
    @Inject(Config) config: Config,
    private readonly scopes: Scopes,
  ) {
    this.adminHash = config.ADMIN_API_KEY === undefined ? undefined : hashToken(config.ADMIN_API_KEY);
  }

  /** Undefined for a key that is unknown or revoked. */
  async verify(key: string): Promise<Caller['staff']> {
    const hash = hashToken(key);
    if (this.adminHash !== undefined && timingSafeEqual(Buffer.from(hash), Buffer.from(this.adminHash))) {
      return { actor: 'admin', scopes: this.scopes.all };
    }
    const { rows } = await this.transactions.read((db) =>
      db.query<{ id: string; scopes: string[] }>(
        'SELECT id, scopes FROM http.api_keys WHERE hash = $1 AND revoked_at IS NULL',
        [hash],
      ),
    );
    return rows[0] && { actor: rows[0].id, scopes: new Set(rows[0].scopes) };
  }

  /**
   * `key` is returned here and never again.
   *
   * @param label for people: whose key it is, what for
   * @param actor who makes it, for the audit
   */
  async create(label: string, scopes: readonly string[], actor: string): Promise<{ id: Id<'key'>; key: string }> {
    const id = newId('key');
    const key = `${API_KEY_PREFIX}${newToken()}`;
    await this.transactions.run(async (tx) => {
      await tx.query('INSERT INTO http.api_keys (id, hash, label, scopes) VALUES ($1, $2, $3, $4)', [
        id,
        hashToken(key),
        label,
        scopes,
      ]);
      await recordAudit(tx, actor, [
        { action: 'api_key.create', subject: { type: 'api_key', id }, before: null, after: { label, scopes } },
      ]);
    });
    return { id, key };
  }

  /** Oldest first, revoked ones included. */
  async list(): Promise<ApiKey[]> {
    const { rows } = await this.transactions.read((db) =>
      db.query<ApiKey>(
        `SELECT id, label, scopes, created_at AS "createdAt", revoked_at AS "revokedAt" FROM http.api_keys ORDER BY id`,
      ),
    );
    return rows;
  }

  /** False when there is no such key or it is revoked already. */
  async revoke(id: string, actor: string): Promise<boolean> {
    return this.transactions.run(async (tx) => {
      const { rows } = await tx.query<Pick<ApiKey, 'label' | 'scopes' | 'revokedAt'>>(REVOKE, [id]);
      await recordAudit(
        tx,
        actor,
        rows.map(({ label, scopes, revokedAt }) => ({
          action: 'api_key.revoke',
          subject: { type: 'api_key', id },
          before: { label, scopes, revokedAt: null },
          after: { label, scopes, revokedAt },
        })),
      );
      return rows.length === 1;
    });
  }
}
