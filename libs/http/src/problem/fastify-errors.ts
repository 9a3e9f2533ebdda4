import type { HttpProblemCode } from './http-problems.js';

const BY_CODE: Readonly<Record<string, readonly [HttpProblemCode, string]>> = {
  FST_ERR_BAD_URL: ['bad_request', 'The path is not valid percent-encoded UTF-8.'],
  FST_ERR_MAX_PARAM_LENGTH: ['uri_too_long', 'A part of the path is longer than any id or SKU can be.'],
  FST_ERR_CTP_BODY_TOO_LARGE: [
    'payload_too_large',
    'A body may have 256 KiB, and 2 MiB where the documentation of the route says so. Send less, or in several requests.',
  ],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: [
    'unsupported_media_type',
    'Send the body as Content-Type: application/json, in UTF-8.',
  ],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: ['bad_request', 'The body is not as long as Content-Length says.'],
};

const BY_STATUS: Readonly<Record<number, readonly [HttpProblemCode, string]>> = {
  408: ['request_timeout', 'Send the whole request within 30 seconds.'],
  413: ['payload_too_large', 'The body is larger than this route takes.'],
  414: ['uri_too_long', 'The path is longer than any path of this API.'],
  415: ['unsupported_media_type', 'Send the body as Content-Type: application/json, in UTF-8.'],
};

interface Named {
  readonly code: HttpProblemCode;
  readonly detail: string;
}

/** What a refusal of the web framework is called here; its own words are not shown. */
export function codeForFastifyError(error: { readonly code?: string; readonly statusCode?: number }): Named {
  const known = BY_CODE[error.code ?? ''] ?? BY_STATUS[error.statusCode ?? 0];
  const [code, detail] = known ?? ['bad_request', 'The request could not be understood.'];
  return { code, detail };
}
