import { describeStatements } from '../../../../test/support/described-statements.js';
import { OrderModule } from '../order.module.js';

describeStatements(new URL('.', import.meta.url), OrderModule);
