import { short } from './bars.js';
import { STOCKS, type Level, type Results, type Stock } from './results.js';

const WIDTH = 960;
const HEIGHT = 440;
const PANEL = { width: 350, height: 260, top: 80 };
const LEFT = [80, 560] as const;
const COLOURS: Readonly<Record<Stock, string>> = { 'many SKUs': '#1f5fa8', 'one SKU': '#b4481e' };
const TICKS = 4;

interface Line {
  readonly name: string;
  readonly colour: string;
  readonly dashed: boolean;
  /** Whether its points were measured there. */
  readonly dotted: boolean;
  /** Buyers and figure. */
  readonly points: readonly (readonly [number, number])[];
}

/** Orders a second and the time of a buyer's requests, against the number of buyers. */
export function picture(results: Results): string {
  const { levels, limits } = results;
  const buyers = [...new Set(levels.map((level) => level.buyers))].toSorted((a, b) => a - b);
  const rates = STOCKS.flatMap((stock): Line[] => [
    line(stock, stock, levels, (level) => level.ordersPerSecond),
    {
      name: `${stock}: limit by pgbench`,
      colour: COLOURS[stock],
      dashed: true,
      dotted: false,
      points: [buyers[0]!, buyers.at(-1)!].map((count) => [count, limits[stock]]),
    },
  ]);
  const times = STOCKS.flatMap((stock): Line[] => [
    line(`${stock}: p50`, stock, levels, (level) => level.journeyMs.p50),
    { ...line(`${stock}: p99`, stock, levels, (level) => level.journeyMs.p99), dashed: true },
  ]);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}"`,
    ` font-family="sans-serif" font-size="12" fill="#222">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    text(LEFT[0] - 60, 24, `Cart, order, payment, confirmed — ${results.measuredOn}`, 'font-size="13"'),
    panel(LEFT[0], 'confirmed orders a second', buyers, rates),
    panel(LEFT[1], 'a buyer’s three requests, ms', buyers, times),
    '</svg>\n',
  ].join('\n');
}

function line(name: string, stock: Stock, levels: readonly Level[], figure: (level: Level) => number): Line {
  const points = levels
    .filter((level) => level.stock === stock)
    .map((level): [number, number] => [level.buyers, figure(level)]);
  return { name, colour: COLOURS[stock], dashed: false, dotted: true, points };
}

function panel(left: number, title: string, buyers: readonly number[], lines: readonly Line[]): string {
  const values = lines.flatMap(({ points }) => points.map(([, value]) => value));
  const top = roundUp(Math.max(...values.filter(Number.isFinite)));
  const [first, last] = [Math.log2(buyers[0]!), Math.log2(buyers.at(-1)!)];
  const x = (count: number): number =>
    left + (last === first ? PANEL.width / 2 : ((Math.log2(count) - first) / (last - first)) * PANEL.width);
  const y = (value: number): number => PANEL.top + PANEL.height * (1 - value / top);
  const bottom = y(0);
  const rows = Array.from({ length: TICKS + 1 }, (_, index) => (top / TICKS) * index);
  return [
    text(left, PANEL.top - 20, title, 'font-weight="bold"'),
    ...rows.map((value) => rule(left, y(value)) + text(left - 8, y(value) + 4, short(value), 'text-anchor="end"')),
    ...buyers.map((count) => text(x(count), bottom + 18, String(count), 'text-anchor="middle"')),
    text(left + PANEL.width / 2, bottom + 36, 'buyers', 'text-anchor="middle"'),
    ...lines.map((each) => drawn(each, x, y)),
    ...lines.map((each, index) => legend(each, left + (index % 2) * 170, bottom + 58 + Math.floor(index / 2) * 18)),
  ].join('\n');
}

function drawn(
  { points, colour, dashed, dotted }: Line,
  x: (count: number) => number,
  y: (value: number) => number,
): string {
  const shown = points.filter(([, value]) => Number.isFinite(value));
  const path = shown.map(([count, value]) => `${at(x(count))},${at(y(value))}`).join(' ');
  const dots = shown.map(
    ([count, value]) => `<circle cx="${at(x(count))}" cy="${at(y(value))}" r="3" fill="${colour}"/>`,
  );
  return `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="2"${dash(dashed)}/>${dotted ? dots.join('') : ''}`;
}

const legend = ({ name, colour, dashed }: Line, left: number, middle: number): string =>
  `<line x1="${left}" y1="${middle}" x2="${left + 24}" y2="${middle}" stroke="${colour}" stroke-width="2"${dash(dashed)}/>` +
  text(left + 30, middle + 4, name);

const rule = (left: number, height: number): string =>
  `<line x1="${left}" y1="${at(height)}" x2="${left + PANEL.width}" y2="${at(height)}" stroke="#ddd"/>`;

const dash = (dashed: boolean): string => (dashed ? ' stroke-dasharray="6 4"' : '');

const at = (coordinate: number): string => coordinate.toFixed(1);

const text = (left: number, base: number, words: string, attributes = ''): string =>
  `<text x="${at(left)}" y="${at(base)}" ${attributes}>${escaped(words)}</text>`;

const escaped = (words: string): string =>
  words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** To 1, 2, 4 or 8 times a power of ten, whose quarters are short numbers. */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return power * ([1, 2, 4, 8].find((factor) => factor * power >= value) ?? 10);
}
