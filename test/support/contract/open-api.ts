/** A JSON schema as the document has it. */
export type Schema = Readonly<Record<string, any>>;

export interface ParameterObject {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required: boolean;
  readonly schema: Schema;
}

interface HeaderObject {
  readonly required: boolean;
  readonly schema: Schema;
}

export interface ResponseObject {
  readonly headers?: Readonly<Record<string, HeaderObject>>;
  readonly content?: Readonly<Record<string, { readonly schema: Schema }>>;
}

/** An operation of the document, with every reference replaced by what it names. */
export interface Operation {
  readonly id: string;
  /** Upper case. */
  readonly method: string;
  /** With braces: `/v1/carts/{cartId}`. */
  readonly path: string;
  readonly parameters: readonly ParameterObject[];
  readonly body: Schema | undefined;
  readonly responses: Readonly<Record<string, ResponseObject>>;
}

/** The part of an OpenAPI 3.1 document that says what is sent and answered. */
export class OpenApi {
  readonly operations: readonly Operation[];
  /** What every problem document fits. */
  readonly problem: Schema;
  private readonly patterns: ReadonlyMap<string, RegExp>;

  /** @param document `/openapi.json`, parsed. Its schemas are not recursive. */
  constructor(document: Readonly<Record<string, any>>) {
    const whole = resolved(document, document) as Record<string, any>;
    this.operations = Object.entries<Record<string, any>>(whole['paths']).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({
        id: operation.operationId,
        method: method.toUpperCase(),
        path,
        parameters: operation.parameters,
        body: operation.requestBody?.content['application/json'].schema,
        responses: operation.responses,
      })),
    );
    this.problem = whole['components'].schemas.Problem;
    this.patterns = new Map(this.operations.map(({ path }) => [path, patternOf(path)]));
  }

  /** The operation that a request calls, if any. A fixed part of a path goes before a parameter. */
  operationAt(method: string, target: string): Operation | undefined {
    const path = target.split('?', 1)[0]!;
    return this.operations
      .filter((operation) => operation.method === method && this.patterns.get(operation.path)!.test(path))
      .toSorted((left, right) => left.parameters.filter(inPath).length - right.parameters.filter(inPath).length)[0];
  }
}

const inPath = (parameter: ParameterObject): boolean => parameter.in === 'path';

function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replaceAll('.', String.raw`\.`).replaceAll(/\{\w+\}/g, '[^/]+')}$`);
}

function resolved(node: unknown, document: Readonly<Record<string, any>>): unknown {
  if (Array.isArray(node)) return node.map((part) => resolved(part, document));
  if (typeof node !== 'object' || node === null) return node;
  const { $ref, ...rest } = node as Record<string, unknown>;
  const entries = Object.entries(rest).map(([name, part]) => [name, resolved(part, document)]);
  if (typeof $ref !== 'string') return Object.fromEntries(entries);
  const target = $ref
    .slice(2)
    .split('/')
    .reduce<any>((found, part) => found[part], document);
  return { ...(resolved(target, document) as object), ...Object.fromEntries(entries) };
}
