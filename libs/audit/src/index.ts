export { auditSchema } from './audit-schema.js';
export { recordAudit, type AuditChange } from './record-audit.js';
export { listAudit, type AuditEntry } from './list-audit.js';
