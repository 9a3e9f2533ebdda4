interface Brand {
  readonly prefix: RegExp;
  readonly lengths: readonly [min: number, max: number];
}

/**
 * Issuer ranges by ISO/IEC 7812 as the brands publish them, with the lengths of each. The check digit alone fits every tenth number. Numbers of
 * 13 digits are left out: Visa issues none any more, and every EAN has 13.
 */
const BRANDS: readonly Brand[] = [
  { prefix: /^4/, lengths: [16, 19] }, // Visa
  { prefix: /^(?:5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720)/, lengths: [16, 16] }, // Mastercard
  { prefix: /^3[47]/, lengths: [15, 15] }, // American Express
  { prefix: /^3(?:0[0-5]|[689])/, lengths: [14, 19] }, // Diners Club
  { prefix: /^(?:6011|64[4-9]|65)/, lengths: [16, 19] }, // Discover
  { prefix: /^35(?:2[89]|[3-8])/, lengths: [16, 19] }, // JCB
  { prefix: /^62/, lengths: [16, 19] }, // UnionPay
  { prefix: /^(?:50|5[6-8]|6304|6759|676[1-3])/, lengths: [16, 19] }, // Maestro
];

/**
 * A run of 14 to 19 digits, in groups or not, that is no part of something longer. What follows a letter, a colon, a plus sign and the like is an
 * identifier, a SKU or a telephone number.
 */
const RUN = /(?<![\p{L}\d_+.:/-]|\d )\d(?:[ -]?\d){13,18}(?![\p{L}\d_]|[ .:/-]\d)/gu;

/** Whether there is something in the text that looks like the number of a payment card. */
export const hasCardNumber = (text: string): boolean => {
  for (const [run] of text.matchAll(RUN)) if (isCardNumber(run)) return true;
  return false;
};

function isCardNumber(run: string): boolean {
  const digits = run.replaceAll(/[ -]/g, '');
  const isIssued = BRANDS.some(
    ({ prefix, lengths: [min, max] }) => prefix.test(digits) && digits.length >= min && digits.length <= max,
  );
  return isIssued && hasCheckDigit(digits);
}

/** Luhn's formula (ISO/IEC 7812-1, annex B). */
function hasCheckDigit(digits: string): boolean {
  let sum = 0;
  for (let place = 0; place < digits.length; place += 1) {
    const digit = Number(digits[digits.length - 1 - place]);
    const doubled = place % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}
