import { describeStatements } from '../../../../test/support/described-statements.js';
import { FulfilmentModule } from '../fulfilment.module.js';

describeStatements(new URL('.', import.meta.url), FulfilmentModule);
