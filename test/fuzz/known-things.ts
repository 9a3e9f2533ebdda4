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
    const id = String(body?.id ?? '');
    const owner = typeof body?.token === 'string' ? { 'cart-token': body.token } : credentials;
    if (id.startsWith('cart_')) this.add('cart', { id, owner });
    if (id.startsWith('order_')) this.add('order', { id, owner });
    if (id.startsWith('dead_')) this.add('letter', { id });
    if (id.startsWith('pay_')) this.add('payment', { id, owner, orderId: String(body.orderId) });
    for (const thing of this.byKind.values()) {
      for (const known of thing) {
        if (known.id === (body?.id ?? body?.sku) && Number.isInteger(body.version)) known.version = body.version;
      }
    }
  }
}
