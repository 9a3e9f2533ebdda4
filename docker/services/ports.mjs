import net from 'node:net';

const HIGHEST_PORT = 65_535;

/** @param {number} port @param {string} [host] @returns {Promise<NodeJS.ErrnoException | null>} why it cannot be listened on */
export function whyTaken(port, host = '127.0.0.1') {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.once('error', (error) => resolve(error));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(null)));
  });
}

/** @param {number} wished @returns {Promise<number>} the wished port, or one that the system hands out */
export async function freePort(wished) {
  if (wished <= HIGHEST_PORT && !(await whyTaken(wished))) return wished;
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.once('error', reject);
    server.listen({ port: 0, host: '127.0.0.1' }, () => {
      const { port } = /** @type {net.AddressInfo} */ (server.address());
      server.close(() => resolve(port));
    });
  });
}
