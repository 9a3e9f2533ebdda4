/** Where package.json is. */
export const projectRoot = new URL('../../', import.meta.url);
