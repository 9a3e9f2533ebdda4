import net from 'node:net';
import tls from 'node:tls';

const CONNECT_TIMEOUT_MS = 2_000;
const ANSWER_TIMEOUT_MS = 3_000;

/** Nobody listens at the address, or the way there is closed. */
export class NobodyThere extends Error {}

/** Somebody listens, but what came back is not what the protocol says. */
export class NotThatProtocol extends Error {}

/** Somebody listens and says nothing: another protocol that waits for more, or a server that hangs. */
export class Mute extends NotThatProtocol {}

/**
 * One TCP conversation with a deadline: just enough to greet a server in its own language
 * before a single dependency is installed.
 */
export class Wire {
  /** @type {net.Socket} */ #socket;
  #received = Buffer.alloc(0);
  /** @type {Error | null} */ #failure = null;
  #wake = () => {};
  #deadline = Date.now() + CONNECT_TIMEOUT_MS + ANSWER_TIMEOUT_MS;

  /** @param {net.Socket} socket */
  constructor(socket) {
    this.#socket = socket;
    this.#attach(socket);
  }

  /**
   * @param {{host: string, port: number, secure?: boolean}} address
   * @returns {Promise<Wire>} rejects with {@link NobodyThere} within 2 s
   */
  static async open({ host, port, secure = false }) {
    const socket = secure
      ? tls.connect({ host, port, servername: net.isIP(host) ? undefined : host })
      : net.connect({ host, port });
    await settled(socket, secure ? 'secureConnect' : 'connect');
    return new Wire(socket);
  }

  /** @param {Buffer | string} bytes */
  send(bytes) {
    this.#socket.write(bytes);
  }

  /** Exactly `count` bytes. @param {number} count @returns {Promise<Buffer>} */
  async take(count) {
    await this.#until(() => this.#received.length >= count);
    const bytes = this.#received.subarray(0, count);
    this.#received = this.#received.subarray(count);
    return bytes;
  }

  /** One line without its CRLF, at most 4 KiB. @returns {Promise<string>} */
  async line() {
    await this.#until(() => this.#received.includes('\r\n') || this.#received.length > 4_096);
    const end = this.#received.indexOf('\r\n');
    if (end < 0) throw new NotThatProtocol('a line without an end');
    return (await this.take(end + 2)).toString('utf8', 0, end);
  }

  /** Continues the conversation under TLS. @param {string} host @param {boolean} verify */
  async secure(host, verify) {
    this.#socket.removeAllListeners();
    const secured = tls.connect({
      socket: this.#socket,
      servername: net.isIP(host) ? undefined : host,
      rejectUnauthorized: verify,
    });
    await settled(secured, 'secureConnect');
    this.#socket = secured;
    this.#attach(secured);
  }

  close() {
    this.#socket.on('error', () => {});
    this.#socket.end();
    this.#socket.destroySoon();
  }

  /** @param {net.Socket} socket */
  #attach(socket) {
    const fail = (/** @type {string} */ why) => {
      this.#failure ??= new NotThatProtocol(why);
      this.#wake();
    };
    socket.on('data', (bytes) => {
      this.#received = Buffer.concat([this.#received, bytes]);
      this.#wake();
    });
    socket.on('error', (error) => fail(error.message));
    socket.on('close', () => fail('the connection was closed'));
  }

  /** @param {() => boolean} enough */
  async #until(enough) {
    while (!enough()) {
      if (this.#failure) throw this.#failure;
      const leftMs = this.#deadline - Date.now();
      if (leftMs <= 0) throw new Mute('no answer in time');
      await new Promise((resolve) => {
        const timer = setTimeout(resolve, leftMs);
        this.#wake = () => {
          clearTimeout(timer);
          resolve(undefined);
        };
      });
    }
  }
}

/** @param {net.Socket} socket @param {string} event */
function settled(socket, event) {
  return new Promise((resolve, reject) => {
    const giveUp = (/** @type {string} */ why) => {
      socket.removeAllListeners();
      socket.on('error', () => {});
      socket.destroy();
      reject(new NobodyThere(why));
    };
    const timer = setTimeout(() => giveUp('no connection within 2 s'), CONNECT_TIMEOUT_MS);
    socket.once('error', (error) => {
      clearTimeout(timer);
      giveUp(/** @type {NodeJS.ErrnoException} */ (error).code ?? error.message);
    });
    socket.once(event, () => {
      clearTimeout(timer);
      socket.removeAllListeners();
      resolve(undefined);
    });
  });
}
