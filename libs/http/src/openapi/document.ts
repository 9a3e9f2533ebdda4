import { Inject, Injectable } from '@nestjs/common';
import { ProblemCatalog } from '../problem/problem-catalog.js';
import { Components, type Json } from './components.js';
import { OperationCatalog } from './operation-catalog.js';
import { operationObject, tagOf } from './operation-object.js';
import { headers, parameters, problemSchema, securitySchemes } from './static-parts.js';

/** Provides the tags of the storefront, in the order in which the document shows them. */
export const JOURNEY = Symbol('tags of the storefront');

const DESCRIPTION = `Carts, orders, stock and payments of a shop.

Errors are \`application/problem+json\` with a stable \`code\`; \`type\` links to a page that explains it. Send an \`Idempotency-Key\` with
every POST and repeat a request with the same key whenever its answer is lost: it takes effect once.

Carts, orders and stock levels have a version, which is their \`ETag\`. Send it as \`If-Match\` with a change, and the change is refused with
412 \`stale_version\` when somebody else was faster: read again, and decide again. Without \`If-Match\` the change is made whatever the version.

Lists come in pages of \`limit\` rows (1 to 100, 20 where it is absent). Send \`nextCursor\` of one page as \`cursor\` to get the next one; the
last page has null. A row that is added meanwhile neither repeats nor hides another.

What happens afterwards is published as events through RabbitMQ: [/asyncapi.json](/asyncapi.json) describes them (AsyncAPI 3.0).`;

/** The OpenAPI 3.1 document, generated from the schemas that validate the requests. */
@Injectable()
export class OpenApiDocument {
  private text: string | undefined;

  constructor(
    private readonly catalog: OperationCatalog,
    private readonly problems: ProblemCatalog,
    /** Tags of a buyer's way through the shop, in its order. */
    @Inject(JOURNEY) private readonly journey: readonly string[],
  ) {}

  /** JSON. Built at the first call: routes do not change while the process runs. */
  render(): string {
    this.text ??= JSON.stringify(this.build());
    return this.text;
  }

  private build(): Json {
    const components = this.namedByWhatIsSent();
    const tags = new Set<string>();
    const paths: Record<string, Record<string, Json>> = {};
    for (const operation of this.catalog.all()) {
      const item = (paths[operation.path] ??= {});
      item[operation.method] = operationObject(operation, components, this.problems);
      tags.add(tagOf(operation.path));
    }
    const codes = this.problems.all().map(({ code }) => code);
    return {
      openapi: '3.1.0',
      info: { title: 'Holdfast', version: '1', description: DESCRIPTION, license: { name: 'MIT', identifier: 'MIT' } },
      servers: [{ url: '/' }],
      tags: [...tags]
        .toSorted((left, right) => this.rankOf(left) - this.rankOf(right) || (left < right ? -1 : 1))
        .map((name) => ({ name })),
      paths,
      components: {
        schemas: { ...components.toJSON(), Problem: problemSchema(codes) },
        parameters,
        headers,
        securitySchemes,
      },
    };
  }

  /** Answers come first, so that a name stands for what clients receive. */
  private namedByWhatIsSent(): Components {
    const components = new Components();
    for (const { options } of this.catalog.all()) {
      for (const schema of Object.values(options.responses)) if (schema !== null) components.add(schema, 'output');
    }
    return components;
  }

  /** The storefront first, then the rest, and what only staff sees. */
  private rankOf(tag: string): number {
    if (tag.startsWith('admin')) return this.journey.length + 1;
    return this.journey.includes(tag) ? this.journey.indexOf(tag) : this.journey.length;
  }
}
