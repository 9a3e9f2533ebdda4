import { closeSync, openSync, renameSync, writeSync } from 'node:fs';

const BYTES_MAX = 10_000_000;

/** A log of at most twice 10 MB: the full file is kept as `….previous`, and the one kept before it is dropped. */
export class LogFile {
  #file;
  #bytesMax;
  #descriptor;
  #bytes = 0;

  /** @param {string} file is emptied @param {number} [bytesMax] */
  constructor(file, bytesMax = BYTES_MAX) {
    this.#file = file;
    this.#bytesMax = bytesMax;
    this.#descriptor = openSync(file, 'w');
  }

  /** @param {string} line without its end */
  write(line) {
    if (this.#bytes >= this.#bytesMax) this.#rotate();
    this.#bytes += writeSync(this.#descriptor, `${line}\n`);
  }

  #rotate() {
    closeSync(this.#descriptor);
    renameSync(this.#file, `${this.#file}.previous`);
    this.#descriptor = openSync(this.#file, 'w');
    this.#bytes = 0;
  }
}
