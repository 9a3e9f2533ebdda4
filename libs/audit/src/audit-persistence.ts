import type { Persistence } from '#database';
import { AuditEntries1764000005001 } from './migrations/1764000005001-audit-entries.js';

export const auditPersistence: Persistence = { entities: [], migrations: [AuditEntries1764000005001] };
