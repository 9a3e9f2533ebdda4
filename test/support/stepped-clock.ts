/*
 * The wall clock of this process can be stepped: `Date.now()`, `new Date()` and all that is built on them. The monotonic clock and the
 * clocks of other processes and of the servers stay as they are. To be imported before anything that may keep `Date.now` for itself.
 */
let offsetMs = 0;

const RealDate = Date;
const now = (): number => RealDate.now() + offsetMs;

globalThis.Date = new Proxy(RealDate, {
  construct: (target, args, newTarget) => Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
  get: (target, property, receiver) => (property === 'now' ? now : Reflect.get(target, property, receiver)),
});

/** @param ms from the true time */
export function stepClock(ms: number): void {
  offsetMs = ms;
}
