import { createRequire } from 'node:module';
import { Ajv, type ErrorObject } from 'ajv';
import { default as addFormats } from 'ajv-formats';

const require = createRequire(import.meta.url);

/** What contradicts the AsyncAPI 3.0 specification; empty for a valid document. */
export function asyncApiErrors(document: unknown): readonly ErrorObject[] {
  const ajv = newAjv();
  const valid = ajv.compile(require('@asyncapi/specs/schemas/3.0.0-without-$id.json') as object);
  return valid(document) ? [] : (valid.errors ?? []);
}

/** What of a value contradicts one schema inside a document, given by its JSON pointer. */
export function errorsAt(document: object, pointer: string, value: unknown): readonly ErrorObject[] {
  const ajv = newAjv().addSchema(document, 'document');
  const valid = ajv.getSchema(`document#${pointer}`);
  if (valid === undefined) throw new Error(`There is no schema at ${pointer}.`);
  return valid(value) === true ? [] : (valid.errors ?? []);
}

const newAjv = (): Ajv => addFormats.default(new Ajv({ strict: false, allErrors: true }));
