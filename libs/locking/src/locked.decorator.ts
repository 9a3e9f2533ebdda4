import { Inject } from '@nestjs/common';
import { Locks, type LockKey, type LockOptions } from './locks.js';

const LOCKS = Symbol('Locks, from LockingModule.forRoot');

type Work<Params extends unknown[], R> = (...args: Params) => Promise<R>;

/**
 * Runs the method while the keys are held, as `Locks.using` does. The lease is `currentLease()`.
 *
 * For methods of objects that Nest creates, including private ones and route handlers. Nest injects `Locks` into the instance, so the
 * process does not start without `LockingModule`.
 *
 * @param keysOf gets the method's first arguments; declare the types of its parameters
 * @throws the errors of `Locks`
 */
export function Locked<Args extends unknown[]>(
  keysOf: (...args: Args) => LockKey | readonly LockKey[],
  options: LockOptions,
) {
  return <Params extends [...Args, ...unknown[]], R>(
    target: object,
    name: string | symbol,
    descriptor: TypedPropertyDescriptor<Work<Params, R>>,
  ): void => {
    const { value: work } = descriptor;
    if (work === undefined) throw new TypeError(`@Locked is for methods, and ${String(name)} is not one.`);
    Inject(Locks)(target, LOCKS);
    const locked = async function (this: { readonly [LOCKS]?: Locks }, ...args: Params): Promise<R> {
      const locks = this[LOCKS];
      if (locks === undefined) throw new TypeError(`${String(name)} is @Locked: let Nest create its object.`);
      return locks.using(keysOf(...(args as unknown as Args)), options, () => work.apply(this, args));
    };
    descriptor.value = withMetadataOf(work, locked);
  };
}

/** Other decorators store metadata on the method itself, as those for routes do. */
function withMetadataOf<F extends object>(work: object, wrapper: F): F {
  for (const key of Reflect.getMetadataKeys(work)) {
    Reflect.defineMetadata(key, Reflect.getMetadata(key, work), wrapper);
  }
  return wrapper;
}
