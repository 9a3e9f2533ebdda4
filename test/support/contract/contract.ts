import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { default as addFormats } from 'ajv-formats';
import { closed } from './closed.js';
import type { Exchange } from './exchange.js';
import { OpenApi, type Operation, type ResponseObject, type Schema } from './open-api.js';

const PROBLEM = 'application/problem+json';
/** Has no end, so no body that could be compared. */
const EVENT_STREAM = 'text/event-stream';

/** Compares what is answered with the OpenAPI document of the process that answers. */
export class Contract {
  readonly api: OpenApi;
  private readonly ajv = newAjv();
  private readonly validators = new Map<Schema, ValidateFunction>();
  /** Open: where there is no operation, the document does not name the members of a code. */
  private readonly anyProblem: Schema;

  /** @param document `/openapi.json`, parsed */
  constructor(document: object) {
    this.api = new OpenApi(document);
    this.anyProblem = { ...this.api.problem, additionalProperties: {} };
  }

  /** Where the answer is not what the document says, in words; empty for one that is. */
  deviations(exchange: Exchange): string[] {
    const method = exchange.method === 'HEAD' ? 'GET' : exchange.method;
    const operation = this.api.operationAt(method, exchange.target);
    return operation === undefined ? this.ofNoOperation(exchange) : this.ofOperation(operation, exchange);
  }

  private ofOperation(operation: Operation, exchange: Exchange): string[] {
    const response = operation.responses[exchange.status];
    if (response === undefined) return [`${operation.id} declares no status ${exchange.status}`];
    return [...this.ofHeaders(response, exchange), ...this.ofBody(response, exchange)];
  }

  /** Where the document has no operation, nothing but a refusal may be answered. */
  private ofNoOperation({ method, headers, body, status }: Exchange): string[] {
    // A browser's question before a request to another origin.
    if (method === 'OPTIONS' && status === 204) return [];
    if (status < 400 || (status >= 500 && status !== 501 && status !== 503))
      return ['the document has no such operation'];
    if (mediaTypeOf(headers) !== PROBLEM) return [`${mediaTypeOf(headers)} instead of ${PROBLEM}`];
    if (status === 405 && !headers.has('allow')) return ['405 without Allow'];
    return method === 'HEAD' ? [] : this.ofJson(this.anyProblem, body, status);
  }

  private ofHeaders({ headers: declared = {} }: ResponseObject, { headers }: Exchange): string[] {
    return Object.entries(declared).flatMap(([name, { required, schema }]) => {
      const value = headers.get(name);
      if (value === null) return required ? [`the header ${name} is missing`] : [];
      const typed = schema['type'] === 'integer' ? Number(value) : value;
      return this.deviationsOf(schema, typed).map((deviation) => `the header ${name}: ${value}${deviation}`);
    });
  }

  private ofBody({ content }: ResponseObject, { method, headers, body, status }: Exchange): string[] {
    if (content === undefined) return body === '' ? [] : ['a body where none is declared'];
    const mediaType = mediaTypeOf(headers);
    const declared = content[mediaType];
    if (declared === undefined) return [`the media type ${mediaType} is not declared for ${status}`];
    return method === 'HEAD' || mediaType === EVENT_STREAM ? [] : this.ofJson(declared.schema, body, status);
  }

  private ofJson(schema: Schema, text: string, status: number): string[] {
    const body = parsed(text);
    if (body === undefined) return ['the body is not JSON'];
    const isProblem = status >= 400;
    return [
      ...this.deviationsOf(schema, body),
      ...(isProblem && body.status !== status ? [`status ${body.status} in the body of a ${status}`] : []),
    ];
  }

  private deviationsOf(schema: Schema, value: unknown): string[] {
    const validate = this.validators.get(schema) ?? this.ajv.compile(closed(schema));
    this.validators.set(schema, validate);
    if (validate(value)) return [];
    return (validate.errors ?? []).map(
      ({ instancePath, message, params }) => `${instancePath}: ${message} ${JSON.stringify(params)}`,
    );
  }
}

const mediaTypeOf = (headers: Headers): string =>
  (headers.get('content-type') ?? 'none').split(';', 1)[0]!.trim().toLowerCase();

function parsed(text: string): any {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // JSON has no undefined, so this says it is none.
  }
}

/** Strict about the schemas too: a keyword or format that nobody checks ends the test. */
function newAjv(): Ajv2020 {
  const ajv = new Ajv2020({ allErrors: true, strictTypes: false, strictRequired: false, allowUnionTypes: true });
  ajv.addVocabulary(['example']);
  // Of what OpenAPI names, ajv-formats lacks the address with letters of any script.
  ajv.addFormat('idn-email', /^[^\s@]+@[^\s@]+$/);
  return addFormats.default(ajv);
}
