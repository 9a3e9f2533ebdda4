import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A place where stock lies. */
@Entity({ schema: 'inventory', name: 'locations' })
export class StockLocation {
  @PrimaryColumn('text')
  id!: string;

  @Column('text')
  name!: string;

  /** Nothing of an inactive location is promised to new orders; what orders hold there is still shipped. */
  @Column('boolean')
  active!: boolean;

  /** Orders are served from the lowest first. */
  @Column('integer')
  priority!: number;

  /** Returned goods that name no location go to the first active one of these. */
  @Column('boolean')
  receivesReturns!: boolean;
}
