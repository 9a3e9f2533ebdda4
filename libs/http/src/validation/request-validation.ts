import { StandardSchemaValidationPipe, type ArgumentMetadata } from '@nestjs/common';
import { unstorableTextIn } from '#kernel';
import { ValidationFailed } from '../http.errors.js';
import { fieldErrors, type SchemaIssue } from './field-errors.js';

class DoesNotFit extends Error {
  constructor(readonly issues: readonly SchemaIssue[]) {
    super();
  }
}

const PLACES: Readonly<Partial<Record<ArgumentMetadata['type'], 'query' | 'path'>>> = { query: 'query', param: 'path' };

/** Nest's pipe for the schemas at parameters, with `validation_failed` as its refusal. */
export class RequestValidation extends StandardSchemaValidationPipe {
  constructor() {
    super({ exceptionFactory: (issues) => new DoesNotFit(issues) });
  }

  override async transform<T>(value: T, metadata: ArgumentMetadata): Promise<T> {
    try {
      const valid: T = await super.transform(value, metadata);
      const unstorable = unstorableTextIn(valid);
      if (unstorable === undefined) return valid;
      throw new DoesNotFit([
        {
          message: 'must not contain U+0000 or half of a surrogate pair',
          path: unstorable,
          code: 'forbidden_character',
        },
      ]);
    } catch (error) {
      if (!(error instanceof DoesNotFit)) throw error;
      throw new ValidationFailed(fieldErrors(error.issues, { value, place: PLACES[metadata.type] }));
    }
  }

  /** Nothing is removed: constructor, prototype and __proto__ are unknown members, which the schemas report. */
  protected override stripProtoKeys(): void {}
}
