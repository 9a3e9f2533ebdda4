import { Inject } from '@nestjs/common';
import { Locks, type LockKey, type LockOptions } from './locks.js';

const LOCKS = Symbol('Locks, from LockingModule.forRoot');

type Work<Params extends unknown[], R> = (...args: Params) => Promise<R>;

/**
 * The method runs while the keys are held, as by `Locks.using`: its value or error is the caller's. The lease is `currentLease()`.
 *
 * For methods of what Nest makes, private ones and route handlers too. Nest injects `Locks` into the instance, so the start fails with
 * its usual error where `LockingModule` is missing.
 *
 * @param keysOf gets the method's arguments, as many of the first as it declares; its parameters need their types written
 * @throws what `Locks` does
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
    const work = methodOf(descriptor, name);
    Inject(Locks)(target, LOCKS);
    async function locked(this: { readonly [LOCKS]?: Locks }, ...args: Params): Promise<R> {
      const locks = this[LOCKS];
      if (locks === undefined) throw new TypeError(`${String(name)} is @Locked: let Nest make its object.`);
      return locks.using(keysOf(...(args as unknown as Args)), options, () => work.apply(this, args));
    }
    descriptor.value = withMetadataOf(work, locked);
  };
}

function methodOf<Method>({ value }: TypedPropertyDescriptor<Method>, name: string | symbol): Method {
  if (value === undefined) throw new TypeError(`@Locked is for methods, and ${String(name)} is none.`);
  return value;
}

/** Other decorators may have noted something on the method itself, as those for routes do. */
function withMetadataOf<F extends object>(work: object, wrapper: F): F {
  for (const key of Reflect.getMetadataKeys(work)) {
    Reflect.defineMetadata(key, Reflect.getMetadata(key, work), wrapper);
  }
  return wrapper;
}
