import type { ICompare, IRequestOp, IResponseOp } from 'etcd3';
import { bytes } from './lock-transactions.js';

/*
 * A server takes 128 comparisons or operations in a transaction, and in one that is an operation of another as many as that one leaves:
 * 100 comparisons leave groups of 28. Only the comparisons of the outermost decide for all.
 */
const COMPARISONS_MAX = 100;
const GROUP_SIZE = 25;

/** More operations than a transaction may have. `outOfGroups` finds their answers. */
export const inGroups = (operations: readonly IRequestOp[]): IRequestOp[] =>
  chunksOf(operations, GROUP_SIZE).map((success) => ({ request_txn: { success } }));

/** Answers in the order of the operations. */
export const outOfGroups = (responses: readonly IResponseOp[]): IResponseOp[] =>
  responses.flatMap((response) => response.response_txn.responses);

/**
 * None of these names was put after that revision, and where there are more names than comparisons, none that is between two of them in
 * their order either.
 */
export const untouchedSince = (names: readonly string[], revision: string): ICompare[] =>
  chunksOf(names.toSorted(), Math.ceil(names.length / COMPARISONS_MAX)).map((neighbours) => ({
    key: bytes(neighbours[0] ?? ''),
    range_end: bytes(`${neighbours.at(-1)}\0`),
    target: 'Mod',
    result: 'Less',
    mod_revision: String(BigInt(revision) + 1n),
  }));

function chunksOf<T>(all: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, index) =>
    all.slice(index * size, (index + 1) * size),
  );
}
