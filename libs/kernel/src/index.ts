export { DomainError, type ErrorData } from './domain-error.js';
export { assertVersion, type ExpectedVersions } from './expected-versions.js';
export { StaleVersion } from './stale-version.js';
export { newId, idSchema, uuidV7, type Id, type IdPrefix } from './id.js';
export { Money, moneySchema, currencySchema, minorUnitDigits, MAX_AMOUNT, type Currency } from './money.js';
export { unstorableTextIn } from './storable-text.js';
export { lineOfText, showsNothing } from './text.js';
export { sleep, backoffMs } from './backoff.js';
