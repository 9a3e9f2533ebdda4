import { CommandFailed } from './command.js';

const LIMIT_MS = 10_000;

interface Step<Answered> {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** What of the answer to show. */
  readonly show: (answer: Answered) => string;
}

interface Problem {
  readonly code: string;
  readonly detail: string;
}

/** Calls the API as a storefront would, and tells what it asks and gets. */
export class ShopClient {
  constructor(
    private readonly url: string,
    private readonly tell: (line: string) => void,
  ) {}

  say(line: string): void {
    this.tell(line);
  }

  /** @throws {CommandFailed} when the server does not answer, or answers with a problem. */
  async step<Answered>({ method, path, headers = {}, body, show }: Step<Answered>): Promise<Answered> {
    const begun = performance.now();
    const response = await this.ask(path, {
      method,
      headers: { ...headers, ...(body !== undefined && { 'content-type': 'application/json' }) },
      signal: AbortSignal.timeout(LIMIT_MS),
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const answer: unknown = await response.json();
    const ms = Math.round(performance.now() - begun);
    const line = `${method} ${path} → ${response.status}`;
    if (!response.ok) {
      const { code, detail } = answer as Problem;
      throw new CommandFailed(`${line}  ${code}: ${detail}`);
    }
    this.tell(`${line}  ${show(answer as Answered)}  (${ms} ms)`);
    return answer as Answered;
  }

  /** The same request without a word about it, to wait for something. */
  async look<Answered>(path: string, headers: Readonly<Record<string, string>>): Promise<Answered> {
    const response = await this.ask(path, { headers, signal: AbortSignal.timeout(LIMIT_MS) });
    return (await response.json()) as Answered;
  }

  private async ask(path: string, init: RequestInit): Promise<Response> {
    try {
      return await fetch(this.url + path, init);
    } catch {
      throw new CommandFailed(
        `No shop answers at ${this.url}. Start one with \`npm start\`, or name another by HOLDFAST_URL.`,
      );
    }
  }
}
