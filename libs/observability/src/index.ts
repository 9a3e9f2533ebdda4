export { PinoLogger, createPino } from './pino-logger.js';
export { HealthChecks } from './health-checks.js';
export { Metrics } from './metrics.js';
export { ObservabilityModule } from './observability.module.js';
export {
  currentTrace,
  runInTrace,
  newTrace,
  continueTrace,
  inheritTrace,
  rememberTrace,
  traceIdIn,
  traceOf,
  traceparentOf,
  type Trace,
} from './trace.js';
