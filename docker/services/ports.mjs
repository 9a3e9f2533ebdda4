import net from 'node:net';

const HIGHEST_PORT = 65_535;

/** @param {number} port 0: any @param {string} [host] @returns {Promise<number>} the port; rejects where it cannot be listened on */
export function tryPort(port, host = '127.0.0.1') {
  return new Promise((resolve, reject) => {
    const server = net.createServer().once('error', reject);
    server.listen({ port, host, exclusive: true }, () => {
      const { port: given } = /** @type {net.AddressInfo} */ (server.address());
      server.close(() => resolve(given));
    });
  });
}

/** @param {number} wished @returns {Promise<number>} the wished port, or one that the system hands out */
export function freePort(wished) {
  return tryPort(wished > HIGHEST_PORT ? 0 : wished).catch(() => tryPort(0));
}
