import { afterAll, afterEach } from '@jest/globals';
import { takeDeviations, watchedFetch } from './answers.js';

// Before every spec file. Whatever a test makes of an answer, it fails at its end when the OpenAPI document does not describe the answer.
globalThis.fetch = watchedFetch;

function report(): void {
  const deviations = takeDeviations();
  if (deviations.length > 0) throw new Error(`The OpenAPI document does not describe:\n${deviations.join('\n')}`);
}

afterEach(report);
afterAll(report);
