import { Injectable } from '@nestjs/common';
import type { Reader, Tx } from '#database';
import type { Currency } from '#kernel';
import type { KnownPayment, NewPayment } from '../payment-provider.js';
import { SandboxRefunds } from './sandbox-refunds.js';

export type ChargeStatus =
  'requires_action' | 'processing' | 'authorized' | 'captured' | 'voided' | 'declined' | 'failed';

/** A row of the sandbox's own ledger: no key leads from it into the tables of the shop. */
export interface Charge {
  readonly idempotencyKey: string;
  readonly reference: string;
  readonly status: ChargeStatus;
  readonly merchantReference: string;
  readonly amount: number;
  readonly currency: Currency;
  readonly token: string;
  readonly capture: NewPayment['capture'];
  readonly declineCode: string | null;
  readonly returnUrl: string | null;
}

export const CHARGE_COLUMNS = `idempotency_key AS "idempotencyKey", reference, status, merchant_reference AS "merchantReference", amount, currency,
  token, capture, decline_code AS "declineCode", return_url AS "returnUrl"`;

/** The tables of the sandbox. Each method is one statement. */
@Injectable()
export class SandboxLedger {
  readonly refunds = new SandboxRefunds();

  /** The first one to write under a key decides; `isNew` tells whether it was this one. */
  async book(
    tx: Tx,
    payment: NewPayment,
    { status, declineCode }: { readonly status: ChargeStatus; readonly declineCode: string | undefined },
  ): Promise<{ readonly charge: Charge; readonly isNew: boolean }> {
    const { rows } = await tx.query<Charge & { isNew: boolean }>(
      `INSERT INTO payment.sandbox_charges AS booked
         (idempotency_key, status, merchant_reference, amount, currency, token, capture, decline_code, return_url)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
       ON CONFLICT (idempotency_key) DO UPDATE SET status = booked.status
       RETURNING ${CHARGE_COLUMNS}, (xmax = 0) AS "isNew"`,
      [
        payment.paymentId,
        status,
        payment.orderId,
        payment.amount.amount,
        payment.amount.currency,
        payment.token,
        payment.capture,
        declineCode ?? null,
        payment.returnUrl ?? null,
      ],
    );
    const [row] = rows;
    if (row === undefined) throw new Error(`The sandbox has lost its entry for ${payment.paymentId}.`);
    const { isNew, ...charge } = row;
    return { charge, isNew };
  }

  async find(db: Reader, { paymentId, reference }: KnownPayment): Promise<Charge | undefined> {
    const { rows } = await db.query<Charge>(
      `SELECT ${CHARGE_COLUMNS} FROM payment.sandbox_charges WHERE ${reference === undefined ? 'idempotency_key' : 'reference'} = $1`,
      [reference ?? paymentId],
    );
    return rows[0];
  }

  async byReference(db: Reader, reference: string): Promise<Charge | undefined> {
    const { rows } = await db.query<Charge>(
      `SELECT ${CHARGE_COLUMNS} FROM payment.sandbox_charges WHERE reference = $1`,
      [reference],
    );
    return rows[0];
  }

  /** Undefined when the charge has none of the states. */
  async move(
    tx: Tx,
    reference: string,
    {
      from,
      to,
      declineCode,
    }: { readonly from: readonly ChargeStatus[]; readonly to: ChargeStatus; readonly declineCode?: string },
  ): Promise<Charge | undefined> {
    const { rows } = await tx.query<Charge>(
      `UPDATE payment.sandbox_charges SET status = $3, decline_code = $4
       WHERE reference = $1 AND status = ANY ($2) RETURNING ${CHARGE_COLUMNS}`,
      [reference, from, to, declineCode ?? null],
    );
    return rows[0];
  }
}
