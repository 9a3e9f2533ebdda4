import { describeStatements } from '../../../../test/support/described-statements.js';
import { CommandsModule } from '../commands.module.js';

describeStatements(new URL('.', import.meta.url), CommandsModule);
