import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import { NotThatProtocol, Wire } from './wire.mjs';

const PROTOCOL_3_0 = 196_608;
const SSL_REQUEST = 80_877_103;
const MESSAGE_BYTES_MAX = 1_048_576;
const AUTH = { ok: 0, cleartext: 3, md5: 5, sasl: 10, saslContinue: 11, saslFinal: 12 };

/** The server's own complaint, with its SQLSTATE. */
export class PostgresError extends Error {
  /** @param {string} code @param {string} message */
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

/**
 * The few words of PostgreSQL's protocol needed to log in and say one sentence. Speaking it here, rather than calling
 * psql, works on a machine where no PostgreSQL program is installed and still tells "wrong password" from "not there".
 */
export class PostgresConversation {
  /** @type {Wire} */ #wire;
  version = '';

  /**
   * @param {URL} url @param {string} [database] instead of the URL's
   * @returns {Promise<PostgresConversation>} logged in; rejects with {@link PostgresError}, NobodyThere or NotThatProtocol
   */
  static async open(url, database = databaseOf(url)) {
    const conversation = new PostgresConversation();
    const host = url.hostname.replace(/^\[|\]$/g, '');
    conversation.#wire = await Wire.open({ host, port: Number(url.port || 5432) });
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
    const user = decodeURIComponent(url.username);
    const password = decodeURIComponent(url.password);
    const mode = url.searchParams.get('sslmode') ?? 'disable';
    if (mode.startsWith('verify') || mode === 'require') await this.#secure(host, mode !== 'require');
    const options = `user\0${user}\0database\0${database}\0application_name\0holdfast-services\0\0`;
    this.#wire.send(frame('', Buffer.concat([int32(PROTOCOL_3_0), Buffer.from(options)])));

    for (let scram = null; ;) {
      const { kind, body } = await this.#hear();
      if (kind !== 'R') throw new NotThatProtocol('no authentication request');
      const step = body.readInt32BE(0);
      if (step === AUTH.ok) break;
      else if (step === AUTH.cleartext) this.#say('p', `${password}\0`);
      else if (step === AUTH.md5) this.#say('p', `${md5Answer(user, password, body.subarray(4))}\0`);
      else if (step === AUTH.sasl) this.#say('p', (scram = new Scram(password)).first());
      else if (step === AUTH.saslContinue && scram) this.#say('p', scram.last(body.toString('utf8', 4)));
      else if (step !== AUTH.saslFinal) throw new PostgresError('28000', `asks for an unknown login method (${step})`);
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

/** SCRAM-SHA-256 of RFC 5802 and RFC 7677, without channel binding. */
class Scram {
  #nonce = randomBytes(18).toString('base64');

  /** @param {string} password */
  constructor(password) {
    this.password = password;
  }

  first() {
    const message = Buffer.from(`n,,n=,r=${this.#nonce}`);
    return Buffer.concat([Buffer.from('SCRAM-SHA-256\0'), int32(message.length), message]);
  }

  /** @param {string} challenge */
  last(challenge) {
    const [, nonce = '', salt = '', rounds = ''] = /^r=([^,]+),s=([^,]+),i=(\d+)/.exec(challenge) ?? [];
    const salted = pbkdf2Sync(this.password, Buffer.from(salt, 'base64'), Number(rounds), 32, 'sha256');
    const clientKey = hmac(salted, 'Client Key');
    const stored = createHash('sha256').update(clientKey).digest();
    const proofless = `c=biws,r=${nonce}`;
    const signature = hmac(stored, `n=,r=${this.#nonce},${challenge},${proofless}`);
    const proof = clientKey.map((byte, index) => byte ^ (signature[index] ?? 0));
    return `${proofless},p=${Buffer.from(proof).toString('base64')}`;
  }
}

/** @param {URL} url @returns {string} */
export function databaseOf(url) {
  return decodeURIComponent(url.pathname.slice(1)) || decodeURIComponent(url.username);
}

/** @param {string} user @param {string} password @param {Buffer} salt */
function md5Answer(user, password, salt) {
  const inner = createHash('md5')
    .update(password + user)
    .digest('hex');
  return `md5${createHash('md5').update(inner).update(salt).digest('hex')}`;
}

/** @param {Buffer} key @param {string} text */
const hmac = (key, text) => createHmac('sha256', key).update(text).digest();

/** @param {number} value */
function int32(value) {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

/** @param {string} kind @param {Buffer} body */
const frame = (kind, body) => Buffer.concat([Buffer.from(kind), int32(body.length + 4), body]);
