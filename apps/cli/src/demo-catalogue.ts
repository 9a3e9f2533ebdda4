import type { ImportRow } from '#catalog';
import { currencySchema } from '#kernel';

const EUR = currencySchema.parse('EUR');

const product = (sku: string, name: string, cents: number, onHand: number): ImportRow => ({
  sku,
  name,
  price: { amount: cents, currency: EUR },
  onHand,
});

/** A small shop for things to make tea with. */
export const demoCatalogue: readonly ImportRow[] = [
  product('TEA-ASSAM-100', 'Assam, second flush, 100 g', 890, 240),
  product('TEA-DARJEELING-100', 'Darjeeling, first flush, 100 g', 1490, 120),
  product('TEA-SENCHA-100', 'Sencha, spring harvest, 100 g', 1290, 160),
  product('TEA-OOLONG-50', 'Oolong, lightly roasted, 50 g', 1150, 90),
  product('TEA-ROOIBOS-100', 'Rooibos with vanilla, 100 g', 590, 300),
  product('TEA-SAMPLER-6', 'Sampler of six teas, 6 × 15 g', 1650, 75),
  product('POT-CAST-IRON-08', 'Cast-iron teapot, 0.8 l', 6900, 18),
  product('POT-GLASS-12', 'Glass teapot with strainer, 1.2 l', 3450, 40),
  product('CUP-STONEWARE-2', 'Stoneware cups, set of two', 2400, 60),
  product('KETTLE-GOOSENECK-10', 'Gooseneck kettle with thermometer, 1.0 l', 5900, 25),
  product('WHISK-BAMBOO', 'Bamboo whisk for matcha', 1690, 35),
  product('TIN-WALNUT-100', 'Tea tin with walnut lid, 100 g', 1950, 50),
];
