import { NotThatProtocol, Wire } from './wire.mjs';

const METHOD_FRAME = 1;
const FRAME_END = 0xce;
const FRAME_BYTES_MAX = 131_072;
/** Connection class of AMQP 0-9-1; the numbers are its method ids. */
const CONNECTION = 10;
const METHOD = { start: 10, startOk: 11, tune: 30, tuneOk: 31, open: 40, openOk: 41, close: 50 };

/**
 * Logs in to a RabbitMQ node, opens the URL's virtual host and closes again, politely.
 *
 * @param {URL} url
 * @returns {Promise<{version: string, refusal: string | null}>} `refusal` is the broker's reason for turning us away
 */
export async function greetBroker(url) {
  const secure = url.protocol === 'amqps:';
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const wire = await Wire.open({ host, port: Number(url.port || (secure ? 5671 : 5672)), secure });
  try {
    return await logIn(wire, url);
  } finally {
    wire.close();
  }
}

/** @param {URL} url @returns {string} the virtual host, "/" where the URL names none */
export function vhostOf(url) {
  return decodeURIComponent(url.pathname.slice(1)) || '/';
}

/** @param {Wire} wire @param {URL} url */
async function logIn(wire, url) {
  wire.send('AMQP\0\0\x09\x01');
  const start = await hear(wire);
  if (start.method !== METHOD.start) throw new NotThatProtocol('no greeting');
  const version = versionIn(start.args.toString('latin1'));

  const user = decodeURIComponent(url.username) || 'guest';
  const password = decodeURIComponent(url.password) || 'guest';
  // Without this capability the broker drops the connection on a wrong password and never says why.
  const capability = Buffer.concat([short('authentication_failure_close'), Buffer.from('t\x01')]);
  const properties = Buffer.concat([short('capabilities'), Buffer.from('F'), long(capability)]);
  say(wire, METHOD.startOk, long(properties), short('PLAIN'), long(`\0${user}\0${password}`), short('en_US'));

  const tune = await hear(wire);
  if (tune.method === METHOD.close) return { version, refusal: 'refuses this user name or password' };
  if (tune.method !== METHOD.tune) throw new NotThatProtocol('no answer to the login');
  say(wire, METHOD.tuneOk, tune.args.subarray(0, 6), Buffer.from([0, 0]));
  say(wire, METHOD.open, short(vhostOf(url)), short(''), Buffer.from([0]));

  const opened = await hear(wire);
  if (opened.method === METHOD.close)
    return { version, refusal: `has no virtual host "${vhostOf(url)}" for this user` };
  say(wire, METHOD.close, Buffer.from([0, 200]), short(''), Buffer.alloc(4));
  await hear(wire);
  return { version, refusal: null };
}

/** Finds one long string in the table of server properties without parsing the rest. @param {string} properties */
function versionIn(properties) {
  const key = 'versionS';
  const at = properties.indexOf(key);
  return at < 0 ? '' : (/^[\d.]+/.exec(properties.slice(at + key.length + 4))?.[0] ?? '');
}

/** @param {Wire} wire @returns {Promise<{method: number, args: Buffer}>} the next method, heartbeats skipped */
async function hear(wire) {
  for (;;) {
    const head = await wire.take(7);
    const size = head.readUInt32BE(3);
    const isFrame = [1, 2, 3, 8].includes(head[0] ?? 0) && size <= FRAME_BYTES_MAX;
    if (!isFrame) throw new NotThatProtocol('another protocol');
    const payload = await wire.take(size);
    if ((await wire.take(1))[0] !== FRAME_END) throw new NotThatProtocol('a broken frame');
    if (head[0] === METHOD_FRAME) return { method: payload.readUInt16BE(2), args: payload.subarray(4) };
  }
}

/** @param {Wire} wire @param {number} method @param {...Buffer} args */
function say(wire, method, ...args) {
  const payload = Buffer.concat([Buffer.from([0, CONNECTION, 0, method]), ...args]);
  const head = Buffer.alloc(7);
  head.writeUInt8(METHOD_FRAME, 0);
  head.writeUInt32BE(payload.length, 3);
  wire.send(Buffer.concat([head, payload, Buffer.from([FRAME_END])]));
}

/** @param {string} text */
const short = (text) => Buffer.concat([Buffer.from([Buffer.byteLength(text)]), Buffer.from(text)]);

/** @param {string | Buffer} value */
function long(value) {
  const size = Buffer.alloc(4);
  size.writeUInt32BE(Buffer.byteLength(value));
  return Buffer.concat([size, Buffer.from(value)]);
}
