import { Column, Entity, JoinColumn, ManyToOne, OneToMany, PrimaryColumn, type Relation } from 'typeorm';
import type { Id } from '#kernel';
import type { ShipmentStatus } from '../domain/transitions.js';

/** By whom goods travel, and under which number. */
export interface Tracking {
  readonly carrier: string;
  readonly number: string;
  readonly url?: string | undefined;
}

/** Goods of an order that left together. Its states change through `ShipmentRepository` only. */
@Entity({ schema: 'fulfilment', name: 'shipments' })
export class Shipment {
  @PrimaryColumn({ type: 'text' })
  id!: Id<'shp'>;

  @Column({ type: 'text' })
  orderId!: Id<'order'>;

  @Column({ type: 'text' })
  status!: ShipmentStatus;

  /** Where the goods lay; null: wherever the order holds them. */
  @Column({ type: 'text', nullable: true })
  location!: string | null;

  @Column({ type: 'text', nullable: true })
  carrier!: string | null;

  @Column({ type: 'text', nullable: true })
  trackingNumber!: string | null;

  @Column({ type: 'text', nullable: true })
  trackingUrl!: string | null;

  @Column({ type: 'text' })
  shippedBy!: string;

  @Column({ type: 'timestamptz' })
  shippedAt!: Date;

  @Column({ type: 'text', nullable: true })
  deliveredBy!: string | null;

  @Column({ type: 'timestamptz', nullable: true })
  deliveredAt!: Date | null;

  /** Of its latest event. */
  @Column({ type: 'integer' })
  lastSequence!: number;

  @OneToMany(() => ShipmentLine, (line) => line.shipment)
  lines!: Relation<ShipmentLine>[];

  get tracking(): Tracking | null {
    if (this.carrier === null || this.trackingNumber === null) return null;
    const { carrier, trackingNumber: number, trackingUrl: url } = this;
    return { carrier, number, ...(url !== null && { url }) };
  }
}

@Entity({ schema: 'fulfilment', name: 'shipment_lines' })
export class ShipmentLine {
  @PrimaryColumn({ type: 'text' })
  shipmentId!: Id<'shp'>;

  @PrimaryColumn({ type: 'text' })
  sku!: string;

  @Column({ type: 'text' })
  orderId!: Id<'order'>;

  @Column({ type: 'integer' })
  quantity!: number;

  @ManyToOne(() => Shipment, (shipment) => shipment.lines)
  @JoinColumn({ name: 'shipment_id' })
  shipment!: Relation<Shipment>;
}
