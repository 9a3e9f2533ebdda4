import ZooKeeper, { type Exception } from 'node-zookeeper-client';

interface Exceptions {
  create: (code: number, path?: string) => Exception;
}

const exceptions = ZooKeeper.Exception as unknown as Exceptions;
const known = exceptions.create;

/**
 * Newer servers have error codes that the client does not know (SESSION_MOVED, QUOTA_EXCEEDED, THROTTLED_OP, …). The client would throw in its
 * socket handler, which ends the process. Here they are ordinary errors of the server.
 */
exceptions.create = (code, path) => {
  try {
    return known(code, path);
  } catch {
    const message = `Exception: code ${code}, which the client does not know`;
    return Object.assign(known(ZooKeeper.Exception.SYSTEM_ERROR, path), { message });
  }
};
