import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseEnv } from 'node:util';
import { Advice } from './terminal.mjs';

/**
 * The settings of this checkout: the process's environment wins over `.env`, and that over the defaults in `.env.example`.
 * An empty value counts as unset everywhere.
 */
export class Settings {
  /** @param {string} root the project's folder */
  constructor(root) {
    this.root = root;
    const layers = [readEnvFile(path.join(root, '.env.example')), readEnvFile(path.join(root, '.env')), process.env];
    const given = layers.flatMap(Object.entries).filter(([, value]) => value);
    /** What a process of the shop is started with. @type {Record<string, string>} */
    this.environment = Object.fromEntries(given);
  }

  /** Where private servers, locks and logs live. `SERVICES_DIR` moves it. @returns {string} an absolute path */
  get servicesDir() {
    return path.resolve(this.root, this.find('SERVICES_DIR') ?? '.services');
  }

  get logs() {
    return path.join(this.servicesDir, 'logs');
  }

  /** @param {string} name @returns {string | undefined} */
  find(name) {
    return this.environment[name];
  }

  /** @param {string} name */
  need(name) {
    const value = this.find(name);
    if (value === undefined) throw new Advice(`${name} is set nowhere: not in the environment, .env or .env.example.`);
    return value;
  }

  /**
   * @param {string} name @param {readonly string[]} protocols accepted, with their colons; one that ends in // is implied
   * @returns {URL[]} at least one
   */
  urls(name, protocols) {
    const [first = ''] = protocols;
    const implied = first.endsWith('//') ? first : '';
    const example = implied ? '127.0.0.1:5000' : `${first}//user:password@127.0.0.1:5000/name`;
    return this.need(name)
      .split(',')
      .map((text) => {
        const address = `${implied}${text.trim()}`;
        const url = URL.canParse(address) ? new URL(address) : null;
        if (url && url.hostname && (implied || protocols.includes(url.protocol))) return url;
        // The value may hold a password: the message names the variable only.
        throw new Advice(`${name} must be an address like ${example}.`);
      });
  }

  /** @param {string} name @returns {number} */
  port(name) {
    const port = Number(this.need(name));
    if (Number.isInteger(port) && port > 0 && port < 65_536) return port;
    throw new Advice(`${name} must be a port, a whole number from 1 to 65535.`);
  }
}

/** @returns {NodeJS.Dict<string>} empty where there is no such file */
function readEnvFile(file) {
  return existsSync(file) ? parseEnv(readFileSync(file, 'utf8')) : {};
}
