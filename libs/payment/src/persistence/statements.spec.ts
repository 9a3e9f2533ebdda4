import { describeStatements } from '../../../../test/support/described-statements.js';
import { PaymentModule } from '../payment.module.js';

// The sandbox's tables stand for a provider's; its contract suite runs all of its SQL.
describeStatements(new URL('.', import.meta.url), PaymentModule, ['providers/sandbox/']);
