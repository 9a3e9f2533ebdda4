import { etcd } from './etcd.mjs';
import { postgres } from './postgres.mjs';
import { rabbitmq } from './rabbitmq.mjs';
import { redis } from './redis.mjs';
import { zookeeper } from './zookeeper.mjs';

/** @typedef {import('./probe.mjs').Login} Login */

/**
 * The programs of a server; `helper` prepares or accompanies it (initdb, epmd) and is the server again where there is none.
 *
 * @typedef {{server: string, helper: string}} Programs
 */

/**
 * A process to start: `signal` (SIGTERM) asks it to end, after `graceMs` (10 s) it is killed.
 *
 * @typedef {{file: string, args: string[], environment?: Record<string, string>, signal?: NodeJS.Signals, graceMs?: number}} Command
 */

/**
 * @typedef {object} LaunchPlan
 * @property {Login} login
 * @property {string} host to listen on @property {number} port
 * @property {string} home a folder that belongs to the server's account
 * @property {Programs} programs what `findPrograms` found
 * @property {readonly number[]} endedPids of the instance's earlier processes, which run no more
 * @property {(file: string, args: string[]) => Promise<void>} run runs a program as the server's account to its end
 * @property {(name: string, text: string) => string} write a file in `home` that only the account can read; returns its path
 */

/**
 * All that is particular to one kind of server. A further one is a file like these and a line in {@link CATALOGUE}.
 *
 * @typedef {object} ServerKind
 * @property {string} name on the command line, as folder and as Compose service
 * @property {string} title for people
 * @property {string} variable the setting with its URL or URLs
 * @property {readonly string[]} protocols accepted in that URL; one that ends in // is implied
 * @property {number} defaultPort
 * @property {Login} defaults for what a URL leaves out; an empty name means the user's
 * @property {readonly [number, number]} oldest version that Holdfast can use
 * @property {'each' | 'any'} nodes every URL is a server of its own that is needed, or one answering node of a cluster is enough
 * @property {string} systemUser runs the server where root asks for it
 * @property {{apt: string, brew: string}} packages names in Debian and Homebrew
 * @property {RegExp} [otherVersion] in the output of a server that ends because another version wrote its data
 * @property {() => Programs | null} findPrograms null where it is not installed
 * @property {(url: URL, login: Login, timeoutMs: number) => Promise<import('./probe.mjs').Answer>} greet logs in with the real client
 * @property {(plan: LaunchPlan) => Promise<Command[]>} launch makes the data folder; the last command is the server itself
 * @property {(url: URL, login: Login) => Promise<void>} [prepare] adds the database that the URL names to a server of ours
 */

/** What Holdfast can bring up, in the order of the lines that people see. @type {readonly ServerKind[]} */
export const CATALOGUE = [postgres, redis, rabbitmq, etcd, zookeeper];

export const ALL = CATALOGUE.map(({ name }) => name);

/** What `npm start` needs. */
export const STANDARD = ['postgres', 'redis', 'rabbitmq'];
