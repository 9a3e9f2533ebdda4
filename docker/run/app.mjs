import { spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { startLogWriter } from '../services/server-log.mjs';
import { Advice, Interrupted, say } from '../services/terminal.mjs';

const LINES_KEPT = 20;
const READY_LIMIT_MS = 60_000;
/** Below a warning, by name and by number. */
const QUIET_LEVELS = new Set(['trace', 'debug', 'info', 10, 20, 30]);

/**
 * The api or the worker: its whole output goes to a log file, and what is worth a person's attention (warnings, errors,
 * anything that is not a log line) to the terminal as well.
 */
export class App {
  /** @type {string[]} */ #tail = [];
  #child;

  /** @param {{name: string, root: string, logs: string, env: NodeJS.ProcessEnv}} what */
  constructor({ name, root, logs, env }) {
    this.name = name;
    this.logFile = path.join(logs, `${name}.log`);
    const log = startLogWriter(this.logFile);
    const main = path.join(root, 'dist', 'apps', name, 'src', 'main.js');
    // A group of its own: Ctrl-C must reach it once, as SIGTERM, when its record is ended.
    this.#child = spawn(process.execPath, ['--enable-source-maps', main], {
      cwd: root,
      env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        log.stdin.write(`${line}\n`);
        this.#tail = [...this.#tail, line].slice(-LINES_KEPT);
        const notable = worthShowing(line);
        if (notable) say(name, notable);
      });
    }
    /** @type {Promise<void>} */
    this.ended = new Promise((resolve) => {
      this.#child.once('error', (error) => this.#tail.push(error.message));
      this.#child.once('close', () => {
        log.stdin.end();
        resolve();
      });
    });
  }

  get pid() {
    return /** @type {number} */ (this.#child.pid);
  }

  get isRunning() {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** What to tell when it ended by itself. */
  exitAdvice() {
    const how = this.#child.signalCode ?? `exit code ${this.#child.exitCode}`;
    return new Advice(`${this.name} ended (${how}). Its last lines, from ${this.logFile}:\n${this.#tail.join('\n')}`);
  }

  /** Waits until it is ready for work. @param {string} origin @param {AbortSignal} signal */
  async ready(origin, signal) {
    let said = 'no answer';
    for (const end = Date.now() + READY_LIMIT_MS; Date.now() < end; await sleep(100)) {
      if (signal.aborted) throw new Interrupted();
      if (!this.isRunning) throw this.exitAdvice();
      try {
        const answer = await fetch(`${origin}/health/ready`, { signal: AbortSignal.timeout(2_000) });
        if (answer.ok) return;
        said = `${answer.status} ${await answer.text()}`;
      } catch (error) {
        said = /** @type {Error} */ (error).message;
      }
    }
    throw new Advice(`${this.name} was not ready within 60 s: ${said}\nIts log: ${this.logFile}`);
  }
}

function worthShowing(line) {
  if (!line.startsWith('{')) return line.trim() === '' ? null : line;
  try {
    const { level, msg, err } = JSON.parse(line);
    if (QUIET_LEVELS.has(level)) return null;
    return [msg, err?.message].filter(Boolean).join(': ');
  } catch {
    return line; // Looks like a log line and is none.
  }
}
