import ZooKeeper, { type Exception } from 'node-zookeeper-client';

interface Exceptions {
  create: (code: number, path?: string) => Exception;
}

const exceptions = ZooKeeper.Exception as unknown as Exceptions;
const known = exceptions.create;

/**
 * Servers newer than the client have more codes than it knows (SESSION_MOVED, QUOTA_EXCEEDED, THROTTLED_OP, …), and it would throw in the
 * handler of its socket, which ends the process. To us they are errors of the server like any other.
 */
exceptions.create = (code, path) => {
  try {
    return known(code, path);
  } catch {
    const message = `Exception: code ${code}, which the client does not know`;
    return Object.assign(known(ZooKeeper.Exception.SYSTEM_ERROR, path), { message });
  }
};
