import { z } from 'zod';

/** ISO 3166-1 alpha-2, the officially assigned codes as of 2026-01-01. */
const CODES = `
  AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ
  CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR
  GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP
  KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT
  MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW
  SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ
  UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW`;

/**
 * Countries where a postal code is optional: those that use none by the addressing pages of the Universal Postal Union as of 2026-01-01, and those
 * for which the sources differ (compared with the npm package postal-codes-js 2.5.2).
 */
const WITHOUT_POSTAL_CODES = `
  AE AG AO AW BF BI BJ BO BQ BS BV BW BZ CD CF CG CI CK CM CW DJ DM EH ER FJ GA GD GH GM GN GQ GY HK JM KI KM KN KP ML MO MR MS MW NR NU QA RW SB SC
  SL SO SR SS ST SX SY TD TF TG TK TL TO TT TV UG VU YE ZW`;

const setOf = (codes: string): ReadonlySet<string> => new Set(codes.trim().split(/\s+/));

const COUNTRIES = setOf(CODES);
export const COUNTRIES_WITHOUT_POSTAL_CODES = setOf(WITHOUT_POSTAL_CODES);

export const countrySchema = z
  .string()
  .refine((code) => COUNTRIES.has(code), { error: 'must be an ISO 3166-1 alpha-2 country code such as DE' })
  .meta({ example: 'DE', pattern: '^[A-Z]{2}$' });
