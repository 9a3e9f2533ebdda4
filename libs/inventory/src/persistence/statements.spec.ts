import { describeStatements } from '../../../../test/support/described-statements.js';
import { InventoryModule } from '../inventory.module.js';

describeStatements(new URL('.', import.meta.url), InventoryModule);
