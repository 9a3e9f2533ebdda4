/** @servers etcd */
import { EtcdServer } from '../../../../../test/support/etcd-server.js';
import { describeOutages } from '../outage.suite.js';
import { EtcdDriver } from './etcd.driver.js';

describeOutages(
  'an etcd',
  () => EtcdServer.start(),
  ({ url }, commandTimeoutMs) => new EtcdDriver({ urls: [url], keyPrefix: 'outages/', commandTimeoutMs }),
);
