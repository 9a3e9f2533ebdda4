/** What a request may cost before anybody looks at what it wants. */
export const BODY_MAX_BYTES = 256 * 1024;
/** Request line and headers together; more is answered 431. */
export const HEADERS_MAX_BYTES = 16 * 1024;
/** As sent: a SKU of 64 characters has 768 percent-encoded, and a lock key that names one has them encoded twice. */
export const PATH_PARAMETER_MAX_CHARACTERS = 2_000;
export const JSON_DEPTH_MAX = 20;
/** Elements of an array, or members of an object, in a body: what the longest list of this API takes. */
export const JSON_ELEMENTS_MAX = 1_000;
/** Elements and members of a whole body: several times what the largest import has. */
export const JSON_VALUES_MAX = 50_000;
/** From the first byte to the last one of the request. */
export const REQUEST_TIMEOUT_MS = 30_000;
/** Headers of a request, repetitions included. */
export const HEADERS_MAX_COUNT = 100;
/** Requests of one connection that have come and are not answered yet. A client that sends more does not read. */
export const REQUESTS_IN_FLIGHT_MAX = 50;
export const HEADERS_TIMEOUT_MS = 10_000;
/** Longer than the 60 s for which load balancers keep idle connections, so that they and not we close first. */
export const KEEP_ALIVE_TIMEOUT_MS = 65_000;
/** A connection on which nothing moves for so long is ended: its client does not read what it asked for. */
export const IDLE_TIMEOUT_MS = 70_000;
/** From when an answer is ready until the client has taken it: 1.7 MB, the largest one, at 28 KB a second. */
export const ANSWER_TIMEOUT_MS = 60_000;
export const CONNECTIONS_CHECK_MS = 5_000;

/** Of every server of a process. What Node would refuse with a bare line is refused by us, with a problem document. */
export const SERVER_OPTIONS = {
  maxHeaderSize: HEADERS_MAX_BYTES,
  requireHostHeader: false,
  headersTimeout: HEADERS_TIMEOUT_MS,
  requestTimeout: REQUEST_TIMEOUT_MS,
  keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
  connectionsCheckingInterval: CONNECTIONS_CHECK_MS,
} as const;
