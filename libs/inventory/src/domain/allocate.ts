import type { HoldLine } from '#contracts';

/** Units of a SKU that an order gets from a location. */
export interface Allocation {
  readonly sku: string;
  readonly location: string;
  readonly quantity: number;
}

/** What is left of a SKU at an active location. */
export interface LevelLeft {
  readonly sku: string;
  readonly location: string;
  /** The lowest comes first. */
  readonly priority: number;
  /** Units that lie there and can be promised. */
  readonly inHand: number;
  /** The same with backorders. */
  readonly promisable: number;
}

/** Sets of locations that are tried before the search for the fewest becomes a greedy one. */
const SETS_TRIED_MAX = 500;

/**
 * Decides where an order gets its units: from one location if one has all of them (the lowest priority number first), otherwise from the
 * fewest. A line may come from several. Backorders are made only where what lies in the shop cannot serve the order. Undefined when there
 * is too little in all of the locations together.
 *
 * @param lines each SKU once
 */
export function allocate(lines: readonly HoldLine[], levels: readonly LevelLeft[]): Allocation[] | undefined {
  return serve(lines, levels, 'inHand') ?? serve(lines, levels, 'promisable');
}

interface Place {
  readonly location: string;
  readonly priority: number;
  readonly units: Map<string, number>;
}

function serve(
  lines: readonly HoldLine[],
  levels: readonly LevelLeft[],
  kind: 'inHand' | 'promisable',
): Allocation[] | undefined {
  const places = placesOf(levels, kind);
  if (!covers(places, lines)) return undefined;
  let tried = 0;
  for (const chosen of fewestFirst(places)) {
    if (covers(chosen, lines)) return taken(chosen, lines);
    if ((tried += 1) === SETS_TRIED_MAX) break;
  }
  return taken(greedily(places, lines), lines);
}

function placesOf(levels: readonly LevelLeft[], kind: 'inHand' | 'promisable'): Place[] {
  const places = new Map<string, Place>();
  for (const { sku, location, priority, [kind]: units } of levels) {
    if (units <= 0) continue;
    const place = places.get(location) ?? { location, priority, units: new Map<string, number>() };
    place.units.set(sku, units);
    places.set(location, place);
  }
  return [...places.values()].toSorted(
    (left, right) => left.priority - right.priority || (left.location < right.location ? -1 : 1),
  );
}

const unitsOf = (places: readonly Place[], sku: string): number =>
  places.reduce((sum, { units }) => sum + (units.get(sku) ?? 0), 0);

const covers = (places: readonly Place[], lines: readonly HoldLine[]): boolean =>
  lines.every(({ sku, quantity }) => unitsOf(places, sku) >= quantity);

/** All sets of places, the smallest first, and among those of one size the ones with the first places first. */
function* fewestFirst(places: readonly Place[]): Generator<readonly Place[]> {
  for (let size = 1; size <= places.length; size += 1) yield* setsOf(places, size);
}

function* setsOf(places: readonly Place[], size: number): Generator<readonly Place[]> {
  if (size === 0) {
    yield [];
    return;
  }
  for (const [index, first] of places.entries()) {
    for (const rest of setsOf(places.slice(index + 1), size - 1)) yield [first, ...rest];
  }
}

/** Whatever place brings most of what is still missing comes next. The places cover the lines. */
function greedily(places: readonly Place[], lines: readonly HoldLine[]): Place[] {
  const chosen: Place[] = [];
  while (!covers(chosen, lines)) {
    const brings = ({ units }: Place): number =>
      lines.reduce((sum, { sku, quantity }) => {
        const missing = Math.max(0, quantity - unitsOf(chosen, sku));
        return sum + Math.min(missing, units.get(sku) ?? 0);
      }, 0);
    const left = places.filter((place) => !chosen.includes(place));
    chosen.push(left.reduce((best, place) => (brings(place) > brings(best) ? place : best)));
  }
  return chosen;
}

/** Each line from one of the places where one has all of it. */
function taken(places: readonly Place[], lines: readonly HoldLine[]): Allocation[] {
  return lines.flatMap(({ sku, quantity }) => {
    const whole = places.find(({ units }) => (units.get(sku) ?? 0) >= quantity);
    if (whole) return [{ sku, location: whole.location, quantity }];
    let missing = quantity;
    return places.flatMap(({ location, units }) => {
      const part = Math.min(missing, units.get(sku) ?? 0);
      missing -= part;
      return part > 0 ? [{ sku, location, quantity: part }] : [];
    });
  });
}
