import { once } from 'node:events';
import { connect } from 'node:net';
import type { Reply } from './api-client.js';
import { watchAnswer } from './contract/answers.js';

/** Sends bytes that no HTTP client would send, and reads the answer until the server ends the connection. */
export async function rawRequest(baseUrl: string, bytes: string): Promise<Reply> {
  const { hostname, port } = new URL(baseUrl);
  const socket = connect({ host: hostname, port: Number(port) });
  let answer = '';
  socket.setEncoding('utf8').on('data', (text: string) => (answer += text));
  socket.write(bytes);
  await once(socket, 'close');
  const [head = '', body = ''] = answer.split('\r\n\r\n', 2);
  const [statusLine = '', ...lines] = head.split('\r\n');
  const headers = new Headers(lines.map((line) => line.split(': ', 2) as [string, string]));
  const status = Number(statusLine.split(' ')[1]);
  const [method = '', target = ''] = bytes.split(/[ \r\n]/, 2);
  await watchAnswer(baseUrl, { method, target, status, headers, body });
  return { status, headers, body: JSON.parse(body) };
}
