import { Injectable, RequestMethod, type OnApplicationBootstrap } from '@nestjs/common';
// Nest publishes no other way to what its decorators recorded.
import { METHOD_METADATA, PATH_METADATA, ROUTE_ARGS_METADATA, RouteParamtypes } from '@nestjs/common/internal';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import type { z } from 'zod';
import { Scopes } from '../caller/scopes.js';
import { ProblemCatalog } from '../problem/problem-catalog.js';
import { OPERATION_METADATA, type OperationOptions } from '../operation/operation.decorator.js';

/** A route with everything that its handler declares. */
export interface CatalogedOperation {
  /** Unique: `addCartItem`. */
  readonly id: string;
  /** Lower case. */
  readonly method: string;
  /** With braces: `/v1/carts/{cartId}`. */
  readonly path: string;
  readonly options: OperationOptions;
  readonly body: z.ZodType | undefined;
  readonly query: z.ZodType | undefined;
  readonly params: z.ZodType | undefined;
}

type Handler = (...args: never[]) => unknown;
type Controller = new (...args: never[]) => object;

/** Every route below this is part of the contract and declares itself by @Operation(). */
const CONTRACT = '/v1/';

/** The operations of this process, read from its controllers. */
@Injectable()
export class OperationCatalog implements OnApplicationBootstrap {
  private operations: readonly CatalogedOperation[] | undefined;

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
    private readonly problems: ProblemCatalog,
    private readonly scopes: Scopes,
  ) {}

  /** A route that nothing guards, or that names a scope or problem that no module declares, ends the start. */
  onApplicationBootstrap(): void {
    for (const { id, options } of this.all()) {
      for (const scope of [options.scope, options.staffScope]) {
        if (scope !== undefined && !this.scopes.all.has(scope))
          throw new Error(`${id}: no module has the scope ${scope}.`);
      }
      for (const error of options.errors ?? []) if (typeof error === 'string') this.problems.named(error);
    }
  }

  /**
   * Sorted by path.
   *
   * @throws Error for a route of the contract without @Operation(), which would be open to everybody, and for two with one id.
   */
  all(): readonly CatalogedOperation[] {
    this.operations ??= this.discovery
      .getControllers()
      .flatMap(({ metatype }) => this.operationsOf(metatype as Controller))
      .toSorted((left, right) => (left.path < right.path ? -1 : 1));
    assertUnique(this.operations.map(({ id }) => id));
    return this.operations;
  }

  private operationsOf(controller: Controller): CatalogedOperation[] {
    const prefix = String(Reflect.getMetadata(PATH_METADATA, controller) ?? '');
    return this.scanner.getAllMethodNames(controller.prototype as object).flatMap((name) => {
      const handler = (controller.prototype as Record<string, Handler>)[name] as Handler;
      const suffix = Reflect.getMetadata(PATH_METADATA, handler) as string | undefined;
      if (suffix === undefined) return [];
      const path = joined(prefix, suffix);
      const options = Reflect.getMetadata(OPERATION_METADATA, handler) as OperationOptions | undefined;
      if (options !== undefined) return [described(controller, name, { path, options, handler })];
      if (path.startsWith(CONTRACT)) throw new Error(`${controller.name}.${name} (${path}) lacks @Operation().`);
      return [];
    });
  }
}

function assertUnique(ids: readonly string[]): void {
  const double = ids.find((id, place) => ids.indexOf(id) !== place);
  if (double !== undefined) throw new Error(`Two operations have the id ${double}. Rename one of them.`);
}

interface Route {
  readonly path: string;
  readonly options: OperationOptions;
  readonly handler: Handler;
}

function described(controller: Controller, name: string, { path, options, handler }: Route): CatalogedOperation {
  const method = RequestMethod[Reflect.getMetadata(METHOD_METADATA, handler) as RequestMethod].toLowerCase();
  const schemas = parameterSchemas(controller, name);
  return {
    id: options.id,
    method,
    path,
    options,
    body: schemas.get(RouteParamtypes.BODY),
    query: schemas.get(RouteParamtypes.QUERY),
    params: schemas.get(RouteParamtypes.PARAM),
  };
}

/** By Nest's number of the parameter's kind. */
function parameterSchemas(controller: Controller, name: string): Map<number, z.ZodType> {
  const recorded = (Reflect.getMetadata(ROUTE_ARGS_METADATA, controller, name) ?? {}) as Record<
    string,
    { schema?: z.ZodType }
  >;
  const schemas = new Map<number, z.ZodType>();
  for (const [key, { schema }] of Object.entries(recorded)) {
    if (schema !== undefined) schemas.set(Number(key.split(':', 1)[0]), schema);
  }
  return schemas;
}

function joined(prefix: string, suffix: string): string {
  const path = [prefix, suffix].flatMap((part) => part.split('/')).filter((part) => part !== '');
  return `/${path.map((part) => (part.startsWith(':') ? `{${part.slice(1)}}` : part)).join('/')}`;
}
