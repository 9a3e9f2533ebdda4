import { randomBytes } from 'node:crypto';
import { afterAll } from '@jest/globals';
import { Etcd3 } from 'etcd3';
import { loadConfig } from '#config';
import { describeLocks } from '../../locks.suite.js';
import { EtcdDriver } from './etcd.driver.js';

const { ETCD_URLS: urls } = loadConfig(process.env);
const keyPrefix = `test-${randomBytes(4).toString('hex')}/`;

describeLocks('etcd', () => new EtcdDriver({ urls, keyPrefix, commandTimeoutMs: 2_000 }), {
  acrossProcesses: true,
  tokensSurviveDataLoss: false,
  raisesTokens: false,
  notifies: true,
  freesLateMs: 3_000,
});

afterAll(async () => {
  const etcd = new Etcd3({ hosts: [...urls] });
  await etcd.delete().prefix(keyPrefix);
  etcd.close();
});
