import { userInfo } from 'node:os';
import { Login, PostgresError } from './postgres-login.mjs';
import { NotThatProtocol, Wire } from './wire.mjs';

const PROTOCOL_3_0 = 196_608;
const SSL_REQUEST = 80_877_103;
const MESSAGE_BYTES_MAX = 1_048_576;

/**
 * The few words of PostgreSQL's protocol needed to log in and say one sentence. Speaking it here, rather than calling
 * psql, works on a machine where no PostgreSQL program is installed and still tells "wrong password" from "not there".
 */
export class PostgresConversation {
  #wire;
  version = '';

  /** @param {Wire} wire */
  constructor(wire) {
    this.#wire = wire;
  }

  /**
   * @param {URL} url @param {string} [database] instead of the URL's
   * @returns {Promise<PostgresConversation>} logged in; rejects with {@link PostgresError}, NobodyThere or NotThatProtocol
   */
  static async open(url, database = databaseOf(url)) {
    const host = url.hostname.replace(/^\[|\]$/g, '');
    const conversation = new PostgresConversation(await Wire.open({ host, port: Number(url.port || 5432) }));
    try {
      await conversation.#logIn(url, host, database);
    } catch (error) {
      conversation.#wire.close();
      throw error;
    }
    return conversation;
  }

  /** Runs one statement and drops its rows. @param {string} sql rejects with {@link PostgresError} */
  async run(sql) {
    this.#say('Q', `${sql}\0`);
    /** @type {PostgresError | null} */ let complaint = null;
    for (let kind = ''; kind !== 'Z';) {
      try {
        ({ kind } = await this.#hear());
      } catch (error) {
        if (!(error instanceof PostgresError)) throw error;
        complaint = error;
      }
    }
    if (complaint) throw complaint;
  }

  close() {
    this.#say('X', '');
    this.#wire.close();
  }

  /** @param {URL} url @param {string} host @param {string} database */
  async #logIn(url, host, database) {
    const user = userOf(url);
    const password = decodeURIComponent(url.password);
    const mode = url.searchParams.get('sslmode') ?? 'disable';
    if (mode.startsWith('verify') || mode === 'require') await this.#secure(host, mode !== 'require');
    const options = `user\0${user}\0database\0${database}\0application_name\0holdfast-services\0\0`;
    this.#wire.send(frame('', Buffer.concat([int32(PROTOCOL_3_0), Buffer.from(options)])));

    const login = new Login(user, password);
    for (;;) {
      const { kind, body } = await this.#hear();
      if (kind !== 'R') throw new NotThatProtocol('no authentication request');
      const reply = login.reply(body.readInt32BE(0), body.subarray(4));
      if (reply === 'done') break;
      if (reply !== 'wait') this.#say('p', reply);
    }
    await this.#untilReady();
  }

  /** @param {string} host @param {boolean} verify */
  async #secure(host, verify) {
    this.#wire.send(Buffer.concat([int32(8), int32(SSL_REQUEST)]));
    if ((await this.#wire.take(1)).toString() !== 'S') throw new PostgresError('28000', 'does not offer TLS');
    await this.#wire.secure(host, verify);
  }

  /** What follows a login: parameters, then "ready". An error here ends the session, so it is thrown at once. */
  async #untilReady() {
    for (;;) {
      const { kind, body } = await this.#hear();
      if (kind === 'Z') return;
      const [name, value = ''] = body.toString('utf8').split('\0');
      if (kind === 'S' && name === 'server_version') this.version = value;
    }
  }

  /** @returns {Promise<{kind: string, body: Buffer}>} */
  async #hear() {
    const head = await this.#wire.take(5);
    const kind = String.fromCharCode(head[0] ?? 0);
    const size = head.readInt32BE(1) - 4;
    if (!/[A-Za-z0-9]/.test(kind) || size < 0 || size > MESSAGE_BYTES_MAX)
      throw new NotThatProtocol('another protocol');
    const body = await this.#wire.take(size);
    if (kind !== 'E') return { kind, body };
    const fields = new Map(
      body
        .toString('utf8')
        .split('\0')
        .map((field) => [field[0], field.slice(1)]),
    );
    throw new PostgresError(fields.get('C') ?? '', fields.get('M') ?? 'unknown error');
  }

  /** @param {string} kind @param {Buffer | string} body */
  #say(kind, body) {
    this.#wire.send(frame(kind, Buffer.from(body)));
  }
}

/** @param {URL} url @returns {string} */
export function databaseOf(url) {
  return decodeURIComponent(url.pathname.slice(1)) || userOf(url);
}

/** @param {URL} url @returns {string} as every PostgreSQL client fills it in: the person's own name where the URL has none */
export function userOf(url) {
  return decodeURIComponent(url.username) || userInfo().username;
}

/** @param {number} value */
function int32(value) {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

/** @param {string} kind @param {Buffer} body */
const frame = (kind, body) => Buffer.concat([Buffer.from(kind), int32(body.length + 4), body]);
