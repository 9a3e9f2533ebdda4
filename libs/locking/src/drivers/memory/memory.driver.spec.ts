/** @servers none */
import { describeLocks } from '../../locks.suite.js';
import { LockTable, MemoryDriver } from './memory.driver.js';

const table = new LockTable();

describeLocks('memory', () => new MemoryDriver(table), { raisesTokens: true, keepsSessions: false });
