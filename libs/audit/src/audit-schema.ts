import type { ModuleSchema } from '#database';
import { AuditEntries1764000005001 } from './migrations/1764000005001-audit-entries.js';

export const auditSchema: ModuleSchema = { entities: [], migrations: [AuditEntries1764000005001] };
