/** The numbers of a level that decide what can be promised of it. */
export interface LevelNumbers {
  readonly onHand: number;
  readonly reserved: number;
  readonly safetyStock: number;
  readonly backorderLimit: number;
}

/** Units that can be promised, backorders included; below 0 when orders hold what a policy has kept back since. */
export const promisable = ({ onHand, reserved, safetyStock, backorderLimit }: LevelNumbers): number =>
  onHand - reserved - safetyStock + backorderLimit;

/** Units that lie there and that nobody holds, safety stock included. */
export const free = ({ onHand, reserved }: Pick<LevelNumbers, 'onHand' | 'reserved'>): number => onHand - reserved;
