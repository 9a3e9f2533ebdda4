import { Injectable } from '@nestjs/common';

/** What API keys may do in this program. Its modules say it. */
@Injectable()
export class Scopes {
  readonly all: ReadonlySet<string>;

  constructor(declared: readonly string[]) {
    this.all = new Set(declared);
  }
}
