/**
 * What a newcomer needs once everything runs.
 *
 * @param {{api: string, operations: string, worker: string, adminKey: string, isNewKey: boolean, logs: string, seconds: string}} facts
 */
export function banner({ api, operations, worker, adminKey, isNewKey, logs, seconds }) {
  return `
Holdfast is up (${seconds})

  API        ${api}
  Docs       ${operations}/docs
  OpenAPI    ${operations}/openapi.json
  Metrics    ${operations}/metrics and ${worker}/metrics
  Admin key  ${adminKey}${isNewKey ? '  (new at every start; set ADMIN_API_KEY to keep one)' : '  (ADMIN_API_KEY)'}
  Logs       ${logs}

See an order through, each step with its answer and its time:  npm run demo

Ctrl-C ends everything that this command started.
`;
}
