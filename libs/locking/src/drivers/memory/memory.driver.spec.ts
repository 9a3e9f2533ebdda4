/** @servers none */
import { describeLocks } from '../../locks.suite.js';
import { LockTable } from './lock-table.js';
import { MemoryDriver } from './memory.driver.js';

const table = new LockTable();

describeLocks('memory', () => new MemoryDriver(table), {
  acrossProcesses: false,
  tokensSurviveDataLoss: true,
  raisesTokens: true,
  notifies: true,
});
