import { Module, type Abstract, type Type } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { ConfigModule, loadConfig } from '#config';
import {
  events,
  OrderFulfilments,
  OrderPayments,
  type GoodsMoved,
  type HoldLine,
  type OrderToFulfil,
} from '#contracts';
import { DatabaseModule, Transactions, type Tx } from '#database';
import { DomainError, Money, newId, type Currency, type Id } from '#kernel';
import { MessagingModule } from '#messaging';
import { PATIENT } from '../../../../test/support/module-sandbox.js';
import { createTestDatabase, type TestDatabase } from '../../../../test/support/test-database.js';
import { FulfilmentModule } from '../fulfilment.module.js';
import { CancelReturn } from './cancel-return.js';
import { DeliverShipment } from './deliver-shipment.js';
import { ReceiveReturn, type Receipt } from './receive-return.js';
import { RequestReturn } from './request-return.js';
import { ShipOrder, type Shipping } from './ship-order.js';

export const eur = (amount: number): Money => Money.of(amount, 'EUR' as Currency);

/** What the order module answers when goods may not leave any more. */
class NotInThisState extends DomainError {
  static override readonly problem = {
    code: 'invalid_transition',
    kind: 'conflict',
    title: 'Not possible in this state',
  } as const;
}

interface GoodsChange extends GoodsMoved {
  readonly what: 'shipped' | 'delivered' | 'returned';
}

/** The other side of the contract: which orders there are, and what was said of them. An order is locked until the transaction ends. */
class OrdersElsewhere extends OrderFulfilments {
  readonly orders = new Map<Id<'order'>, OrderToFulfil>();
  readonly ended = new Set<Id<'order'>>();
  readonly changes: GoodsChange[] = [];

  override async lockToShip(tx: Tx, orderId: Id<'order'>): Promise<OrderToFulfil> {
    const order = await this.lockToReturn(tx, orderId);
    if (this.ended.has(orderId)) throw new NotInThisState('Its goods may not leave.');
    return order;
  }

  override async lockToReturn(tx: Tx, orderId: Id<'order'>): Promise<OrderToFulfil> {
    await tx.query('SELECT pg_advisory_xact_lock(hashtext($1))', [orderId]);
    const order = this.orders.get(orderId);
    if (order === undefined) throw new Error(`There is no order ${orderId}.`);
    return order;
  }

  override shipped(_tx: unknown, change: GoodsMoved): Promise<void> {
    if (change.complete) this.ended.add(change.orderId);
    return this.note('shipped', change);
  }

  override delivered(_tx: unknown, change: GoodsMoved): Promise<void> {
    return this.note('delivered', change);
  }

  override returned(_tx: unknown, change: GoodsMoved): Promise<void> {
    return this.note('returned', change);
  }

  private note(what: GoodsChange['what'], change: GoodsMoved): Promise<void> {
    this.changes.push({ what, ...change });
    return Promise.resolve();
  }
}

@Module({})
class Elsewhere {}

/** The part of `OrderPayments` that is asked: every order is open. */
const OPEN_ORDERS = { assertAccess: () => Promise.resolve(newId('cart')) };

const SCHEMAS = [MessagingModule.schema, FulfilmentModule.schema];

/** Shipments and returns in a database of their own, with orders that are somewhere else. */
export class FulfilmentBench {
  readonly transactions: Transactions;
  readonly orders: OrdersElsewhere;

  private constructor(
    private readonly database: TestDatabase,
    private readonly nest: TestingModule,
  ) {
    this.transactions = nest.get(Transactions);
    this.orders = nest.get<OrdersElsewhere>(OrderFulfilments as unknown as Type<OrdersElsewhere>);
  }

  static async open(): Promise<FulfilmentBench> {
    const database = await createTestDatabase(SCHEMAS);
    const env = { ...process.env, ...PATIENT, LOG_LEVEL: 'silent', DATABASE_URL: database.url };
    const ports = [
      { provide: OrderFulfilments, useClass: OrdersElsewhere },
      { provide: OrderPayments, useValue: OPEN_ORDERS },
    ];
    const elsewhere = { module: Elsewhere, providers: ports, exports: [OrderFulfilments, OrderPayments] };
    const nest = await Test.createTestingModule({
      imports: [
        ConfigModule.forRoot(loadConfig(env)),
        DatabaseModule.forRoot('spec', SCHEMAS),
        MessagingModule.forRoot({ events }),
        elsewhere,
        { module: FulfilmentModule, imports: [elsewhere] },
      ],
    }).compile();
    return new FulfilmentBench(database, await nest.init());
  }

  get<T>(token: Type<T> | Abstract<T>): T {
    return this.nest.get(token, { strict: false });
  }

  async close(): Promise<void> {
    await this.nest.close();
    await this.database.drop();
  }

  async rows<Row = Record<string, any>>(sql: string, params: readonly unknown[] = []): Promise<Row[]> {
    return (await this.transactions.read((db) => db.query<Row>(sql, params))).rows;
  }

  /** Names of the module's invariants that do not hold. */
  async violated(): Promise<string[]> {
    const found: string[] = [];
    for (const { name, sql } of FulfilmentModule.invariants) if ((await this.rows(sql)).length > 0) found.push(name);
    return found;
  }

  /** A paid order: by default five mugs for 10.00 EUR together, and two plates for 6.00. */
  anOrder(lines = { MUG: [5, 1_000], PLATE: [2, 600] } as Record<string, readonly [number, number]>): Id<'order'> {
    const orderId = newId('order');
    const all = Object.entries(lines).map(([sku, [quantity, lineTotal]]) => ({ sku, quantity, lineTotal }));
    const total = all.reduce((sum, { lineTotal }) => sum + lineTotal, 0);
    this.orders.orders.set(orderId, { orderId, currency: 'EUR' as Currency, total, lines: all });
    return orderId;
  }

  toldOf(orderId: Id<'order'>): string[] {
    return this.orders.changes
      .filter((each) => each.orderId === orderId)
      .map(({ what, complete }) => (complete ? `all ${what}` : what));
  }

  ship(orderId: Id<'order'>, items?: readonly HoldLine[], more: Partial<Shipping> = {}) {
    const request = { orderId, items, expected: undefined, actor: 'staff:admin', ...more };
    return this.transactions.run((tx) => this.get(ShipOrder).runOne(tx, request));
  }

  deliver(shipmentId: Id<'shp'>) {
    return this.transactions.run((tx) => this.get(DeliverShipment).runOne(tx, { shipmentId, actor: 'staff:admin' }));
  }

  request(orderId: Id<'order'>, items: readonly HoldLine[]) {
    const caller = { anyBuyer: true, actor: 'staff:admin' } as const;
    const request = { orderId, items, reason: 'too small', expected: undefined, caller };
    return this.transactions.run((tx) => this.get(RequestReturn).runOne(tx, request));
  }

  receive(returnId: Id<'ret'>, items: Receipt['items'], more: Partial<Receipt> = {}) {
    const request = { returnId, items, refund: undefined, location: undefined, actor: 'staff:admin', ...more };
    return this.transactions.run((tx) => this.get(ReceiveReturn).runOne(tx, request));
  }

  cancel(returnId: Id<'ret'>) {
    const request = { returnId, reason: 'kept', actor: 'staff:admin' };
    return this.transactions.run((tx) => this.get(CancelReturn).runOne(tx, request));
  }

  /** Types and data of the events about a shipment or a return, in their order. */
  eventsOf(subject: string) {
    return this.rows<{ type: string; sequence: number; data: Record<string, any> }>(
      `SELECT type, sequence, data FROM messaging.outbox WHERE source = 'fulfilment' AND subject = $1 ORDER BY sequence`,
      [subject],
    );
  }
}
