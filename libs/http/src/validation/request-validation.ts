import { StandardSchemaValidationPipe, type ArgumentMetadata } from '@nestjs/common';
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
      return await super.transform(value, metadata);
    } catch (error) {
      if (!(error instanceof DoesNotFit)) throw error;
      throw new ValidationFailed(fieldErrors(error.issues, { value, place: PLACES[metadata.type] }));
    }
  }
}
