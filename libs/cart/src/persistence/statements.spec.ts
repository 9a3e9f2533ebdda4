import { describeStatements } from '../../../../test/support/described-statements.js';
import { CartModule } from '../cart.module.js';

describeStatements(new URL('.', import.meta.url), CartModule);
