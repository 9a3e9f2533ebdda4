/** Kinds of resources that requests name. */
export type Kind = 'cart' | 'order' | 'payment' | 'shipment' | 'return' | 'sku' | 'queue' | 'letter' | 'key';

/** In a plan it stands for one of the resources known when the request is sent. */
export class Pick {
  constructor(
    readonly kind: Kind,
    readonly index: number,
  ) {}
}

interface Resource {
  readonly id: string;
  /** Headers of the caller whom it belongs to. */
  owner?: Readonly<Record<string, string>>;
  /** The order of a payment. */
  readonly orderId?: string;
  version?: number;
}

const KIND_BY_PREFIX: Readonly<Record<string, Kind>> = {
  cart: 'cart',
  order: 'order',
  dead: 'letter',
  pay: 'payment',
  shp: 'shipment',
  ret: 'return',
};
const KEPT_MAX = 40;
const EMPTY: Resource = { id: 'none' };

/** What the shop has been asked to make so far, so that later requests find it in every state. */
export class KnownResources {
  private readonly byKind = new Map<Kind, Resource[]>();

  add(kind: Kind, resource: Resource): void {
    const resources = this.byKind.get(kind) ?? [];
    this.byKind.set(kind, resources);
    if (resources.some(({ id }) => id === resource.id)) return;
    resources.push(resource);
    // The older half changes least, so newer resources push out the middle.
    if (resources.length > KEPT_MAX) resources.splice(KEPT_MAX / 2, 1);
  }

  pick({ kind, index }: Pick): Resource {
    const resources = this.byKind.get(kind) ?? [];
    return resources[index % Math.max(1, resources.length)] ?? EMPTY;
  }

  /** What an answer says about new resources, and of versions of known ones. */
  learn(body: any, credentials: Readonly<Record<string, string>>): void {
    const id = String(body?.id);
    const kind = KIND_BY_PREFIX[id.split('_', 1)[0]!];
    const owner = typeof body?.token === 'string' ? { 'cart-token': body.token } : credentials;
    if (kind !== undefined) this.add(kind, { id, owner, ...(kind === 'payment' && { orderId: String(body.orderId) }) });
    if (body?.mergedCartId !== undefined) this.noteOwner(id, credentials);
    if (Number.isInteger(body?.version)) this.noteVersion(body.id ?? body.sku, body.version);
  }

  /** A cart that was taken over is its customer's alone. */
  private noteOwner(id: string, owner: Readonly<Record<string, string>>): void {
    for (const cart of this.byKind.get('cart') ?? []) if (cart.id === id) cart.owner = owner;
  }

  private noteVersion(id: string, version: number): void {
    const known = [...this.byKind.values()].flat().filter((resource) => resource.id === id);
    for (const resource of known) resource.version = version;
  }
}
