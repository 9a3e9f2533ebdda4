import { expect } from '@jest/globals';
import { CATALOGUE } from '../servers/catalogue.mjs';
import { serversOf } from '../servers/needed.mjs';

/** Nobody listens there. */
const NOWHERE = '127.0.0.1:9';

// A server that a spec file does not declare is out of its reach, so that no declaration can be wrong for long.
const declared = serversOf(String(expect.getState().testPath));
for (const { name, variable, protocols } of CATALOGUE) {
  const [protocol = ''] = protocols;
  const scheme = protocol.endsWith('//') ? '' : `${protocol}//`;
  if (!declared.includes(name)) process.env[variable] = `${scheme}${NOWHERE}`;
}
