import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';

/** The steps of authentication that a server can ask for, by their number. */
const AUTH = { ok: 0, cleartext: 3, md5: 5, sasl: 10, saslContinue: 11, saslFinal: 12 };

/** The server's own complaint, with its SQLSTATE. */
export class PostgresError extends Error {
  /** @param {string} code @param {string} message */
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

/** Answers the server's steps of authentication, whichever method it asks for. */
export class Login {
  /** @param {string} user @param {string} password */
  constructor(user, password) {
    this.user = user;
    this.password = password;
    this.scram = new Scram(password);
  }

  /** @param {number} step @param {Buffer} data @returns {Buffer | string} or 'done', or 'wait' where nothing is to be said */
  reply(step, data) {
    switch (step) {
      case AUTH.ok:
        return 'done';
      case AUTH.saslFinal:
        return 'wait';
      case AUTH.cleartext:
        return `${this.password}\0`;
      case AUTH.md5:
        return `${md5Answer(this.user, this.password, data)}\0`;
      case AUTH.sasl:
        return this.scram.first();
      case AUTH.saslContinue:
        return this.scram.last(data.toString('utf8'));
      default:
        throw new PostgresError('28000', `asks for an unknown login method (${step})`);
    }
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
    return Buffer.concat([Buffer.from('SCRAM-SHA-256\0'), sizeOf(message), message]);
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

/** @param {string} user @param {string} password @param {Buffer} salt */
function md5Answer(user, password, salt) {
  const inner = createHash('md5')
    .update(password + user)
    .digest('hex');
  return `md5${createHash('md5').update(inner).update(salt).digest('hex')}`;
}

/** @param {Buffer} key @param {string} text */
const hmac = (key, text) => createHmac('sha256', key).update(text).digest();

/** @param {Buffer} bytes */
function sizeOf(bytes) {
  const size = Buffer.alloc(4);
  size.writeInt32BE(bytes.length);
  return size;
}
