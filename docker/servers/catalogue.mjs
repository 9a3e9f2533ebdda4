import { etcd } from './etcd.mjs';
import { postgres } from './postgres.mjs';
import { rabbitmq } from './rabbitmq.mjs';
import { redis } from './redis.mjs';
import { zookeeper } from './zookeeper.mjs';

/**
 * Runs a program as the server's account and waits for its end; output goes to the instance's log.
 *
 * @typedef {(file: string, args: string[]) => Promise<void>} Run
 */

/**
 * The programs of a server; `helper` prepares or accompanies it (initdb, epmd) and is the server again where there is none.
 *
 * @typedef {{server: string, helper: string}} Programs
 */

/**
 * A process to start: `signal` asks it to end, after `graceMs` it is killed.
 *
 * @typedef {{name: string, file: string, args: string[], environment: Record<string, string>,
 *   signal: NodeJS.Signals, graceMs: number}} Command
 */

/**
 * @typedef {object} LaunchPlan
 * @property {URL} url
 * @property {{host: string, port: number}} address to listen on
 * @property {string} home a folder that belongs to the server's account
 * @property {import('../services/account.mjs').Account} account
 * @property {Programs} programs what `findPrograms` found
 * @property {Run} run
 * @property {(file: string, text: string, account: import('../services/account.mjs').Account) => void} write
 *   a file that only the account can read
 */

/**
 * All that is particular to one sort of server. A further one is a file like these and a line in {@link CATALOGUE}.
 *
 * @typedef {object} ServerKind
 * @property {string} name on the command line, as folder and as Compose service
 * @property {string} title for people
 * @property {string} variable the setting with its URL or URLs
 * @property {readonly string[]} protocols accepted in that URL; one that ends in // is implied
 * @property {number} defaultPort
 * @property {'each' | 'any'} nodes every URL is a server of its own that is needed, or one answering node of a cluster is enough
 * @property {string} systemUser runs the server where root asks for it
 * @property {Record<'apt' | 'brew' | 'dnf' | 'pacman' | 'apk', string>} packages
 * @property {() => Programs | null} findPrograms null where it is not installed
 * @property {(url: URL) => Record<string, string>} composeEnvironment the variables of compose.yaml
 * @property {(url: URL) => Promise<import('./answer.mjs').Answer>} probe greets it in its own protocol, within 5 s
 * @property {(plan: LaunchPlan) => Promise<Command[]>} launch makes the data folder; the last command is the server itself
 * @property {(url: URL) => Promise<void>} [prepare] adds what the URL names and a server of ours lacks
 */

/** What Holdfast can bring up, in the order of the lines that people see. @type {readonly ServerKind[]} */
export const CATALOGUE = [postgres, redis, rabbitmq, etcd, zookeeper];

/** What `npm start` needs. */
export const STANDARD = ['postgres', 'redis', 'rabbitmq'];
