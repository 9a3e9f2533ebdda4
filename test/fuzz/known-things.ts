/** Kinds of things that requests name. */
export type Kind = 'cart' | 'order' | 'payment' | 'sku' | 'queue' | 'letter' | 'key';

/** In a plan it stands for one of the things known when the request is sent. */
export class Pick {
  constructor(
    readonly kind: Kind,
    readonly index: number,
  ) {}
}

interface Thing {
  readonly id: string;
  /** Headers of the caller whom it belongs to. */
  readonly owner?: Readonly<Record<string, string>>;
  /** The order of a payment. */
  readonly orderId?: string;
  version?: number;
}

const KIND_BY_PREFIX: Readonly<Record<string, Kind>> = {
  cart: 'cart',
  order: 'order',
  dead: 'letter',
  pay: 'payment',
};
const KEPT_MAX = 40;
const EMPTY: Thing = { id: 'none' };

/** What the shop has been asked to make so far, so that later requests find it in every state. */
export class KnownThings {
  private readonly byKind = new Map<Kind, Thing[]>();

  add(kind: Kind, thing: Thing): void {
    const things = this.byKind.get(kind) ?? [];
    this.byKind.set(kind, things);
    if (things.some(({ id }) => id === thing.id)) return;
    things.push(thing);
    // The older half changes least, so newer things push out the middle.
    if (things.length > KEPT_MAX) things.splice(KEPT_MAX / 2, 1);
  }

  pick({ kind, index }: Pick): Thing {
    const things = this.byKind.get(kind) ?? [];
    return things[index % Math.max(1, things.length)] ?? EMPTY;
  }

  /** What an answer tells of new things, and of versions of known ones. */
  learn(body: any, credentials: Readonly<Record<string, string>>): void {
    const id = String(body?.id);
    const kind = KIND_BY_PREFIX[id.split('_', 1)[0]!];
    const owner = typeof body?.token === 'string' ? { 'cart-token': body.token } : credentials;
    if (kind !== undefined) this.add(kind, { id, owner, ...(kind === 'payment' && { orderId: String(body.orderId) }) });
    if (Number.isInteger(body?.version)) this.noteVersion(body.id ?? body.sku, body.version);
  }

  private noteVersion(id: string, version: number): void {
    const known = [...this.byKind.values()].flat().filter((thing) => thing.id === id);
    for (const thing of known) thing.version = version;
  }
}
