import { ZooKeeperServer } from '../../../../../test/support/zookeeper-server.js';
import { describeOutages } from '../outage.suite.js';
import { ZooKeeperDriver } from './zookeeper.driver.js';

describeOutages(
  'a ZooKeeper',
  () => ZooKeeperServer.start(),
  ({ address }, commandTimeoutMs) =>
    new ZooKeeperDriver({ servers: [address], keyPrefix: 'outages', commandTimeoutMs }),
);
