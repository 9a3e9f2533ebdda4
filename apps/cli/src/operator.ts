import { userInfo } from 'node:os';

/** Who runs the command, for histories and the audit. */
export const operator = (): string => `cli:${userInfo().username}`;
