import { describeStatements } from '../../../../test/support/described-statements.js';
import { PricingModule } from '../pricing.module.js';

describeStatements(new URL('.', import.meta.url), PricingModule);
