/** @servers none */
import { afterEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { HttpConnection } from './http-connection.js';

const servers: Server[] = [];
const connections: HttpConnection[] = [];

/** @param answers what is written back for each request, in pieces */
async function connected(
  ...answers: readonly (readonly string[])[]
): Promise<{ asked: string[]; http: HttpConnection }> {
  const asked: string[] = [];
  const answer = async (socket: Socket, request: string): Promise<void> => {
    const pieces = answers[asked.length] ?? [];
    asked.push(request);
    for (const piece of pieces) {
      socket.write(piece);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    if (pieces.length === 0) socket.destroy();
  };
  const serve = (socket: Socket): void => {
    socket.setNoDelay(true).on('data', (bytes) => void answer(socket, bytes.toString()));
  };
  const server = createServer(serve).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  const http = await HttpConnection.open(new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
  connections.push(http);
  return { asked, http };
}

afterEach(() => {
  for (const connection of connections.splice(0)) connection.close();
  for (const server of servers.splice(0)) server.close();
});

describe('a connection of a buyer', () => {
  it('sends a request with its headers and reads one answer after the other', async () => {
    const { asked, http } = await connected(
      ['HTTP/1.1 201 Created\r\nContent-Length: 7\r\n\r\n"café"'],
      ['HTTP/1.1 503 Service Unavailable\r\ncontent-length: 2\r\n\r\n{}'],
    );
    expect(await http.post('/v1/carts', 'a: b\r\n', '"ü"')).toEqual({ status: 201, body: '"café"' });
    expect(await http.post('/v1/orders', '', '{}')).toEqual({ status: 503, body: '{}' });
    expect(asked[0]).toMatch(/^POST \/v1\/carts HTTP\/1\.1\r\nhost: [^]*content-length: 4\r\na: b\r\n\r\n"ü"$/);
  });

  it('reads an answer that arrives in pieces', async () => {
    const { http } = await connected(['HTTP/1.1 200 OK\r\ncontent-', 'length: 4\r\n', '\r\nab', 'cd']);
    expect(await http.post('/', '', '')).toEqual({ status: 200, body: 'abcd' });
  });

  it('says when the server has closed it, and is used no more', async () => {
    const { http } = await connected([]);
    await expect(http.post('/', '', '')).rejects.toThrow('The connection was closed.');
    expect(http.isOpen).toBe(false);
    await expect(http.post('/', '', '')).rejects.toThrow('The connection was closed.');
  });

  it('is used no more when the server says that it closes', async () => {
    const { http } = await connected(['HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n']);
    expect(await http.post('/', '', '')).toEqual({ status: 200, body: '' });
    expect(http.isOpen).toBe(false);
  });

  it('refuses an answer whose end it cannot know', async () => {
    const { http } = await connected(['HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n']);
    await expect(http.post('/', '', '')).rejects.toThrow('An answer without a length');
  });
});
