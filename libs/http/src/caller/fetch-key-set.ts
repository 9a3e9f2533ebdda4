/** Several hundred keys. Providers publish a handful. */
const KEY_SET_BYTES_MAX = 256 * 1024;

/**
 * Fetches the key set of the identity provider and reads no more of it than a key set can have.
 *
 * @throws {Error} if it is longer, or has no keys: then nothing can be verified, which is not the fault of any token.
 */
export async function fetchKeySet(url: string, options: RequestInit): Promise<Response> {
  const { body, status } = await fetch(url, options);
  const text = await textOf(body);
  const { keys } = status === 200 ? (JSON.parse(text) as { readonly keys?: unknown }) : {};
  if (Array.isArray(keys) && keys.length === 0) throw new Error('The key set of the identity provider has no keys.');
  return new Response(text, { status });
}

async function textOf(body: Response['body']): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of (body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > KEY_SET_BYTES_MAX) throw new Error(`The key set has more than ${KEY_SET_BYTES_MAX} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
