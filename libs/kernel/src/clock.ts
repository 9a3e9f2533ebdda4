/** Wall-clock time enters the program here. Deadlines that several processes must agree on come from PostgreSQL's now(). */
export abstract class Clock {
  abstract now(): Date;
}

export class SystemClock extends Clock {
  override now(): Date {
    return new Date();
  }
}
