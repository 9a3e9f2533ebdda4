import type { ICompare, IRequestOp, IResponseOp } from 'etcd3';
import { bytes } from './lock-transactions.js';

/*
 * A server takes 128 comparisons or operations in a transaction, and in one that is an operation of another as many as that one leaves.
 * Only the comparisons of the outermost decide for all.
 */
const GROUP_SIZE = 25;
/** One more, which is for the claim itself, leaves groups of two. */
const COMPARISONS_MAX = 125;
const GROUP_SIZE_BESIDE_COMPARISONS = 2;

/** More operations than a transaction may have. `outOfGroups` finds their answers. */
export const inGroups = (operations: readonly IRequestOp[], size = GROUP_SIZE): IRequestOp[] =>
  inParts(operations, Math.ceil(operations.length / size)).map((success) => ({ request_txn: { success } }));

/** The same beside the comparisons of `untouchedSince`. */
export const inSmallGroups = (operations: readonly IRequestOp[]): IRequestOp[] =>
  inGroups(operations, GROUP_SIZE_BESIDE_COMPARISONS);

/** Answers in the order of the operations. */
export const outOfGroups = (responses: readonly IResponseOp[]): IResponseOp[] =>
  responses.flatMap((response) => response.response_txn.responses);

/**
 * None of these names was put after that revision, and where there are more names than comparisons, none that is between two of some pairs in
 * their order either.
 */
export const untouchedSince = (names: readonly string[], revision: string): ICompare[] =>
  inParts(names.toSorted(), Math.min(names.length, COMPARISONS_MAX)).map((neighbours) => ({
    key: bytes(neighbours[0] ?? ''),
    range_end: bytes(`${neighbours.at(-1)}\0`),
    target: 'Mod',
    result: 'Less',
    mod_revision: String(BigInt(revision) + 1n),
  }));

/** As equal as can be, and in the same order. */
function inParts<T>(all: readonly T[], count: number): T[][] {
  const start = (part: number) => Math.floor((part * all.length) / count);
  return Array.from({ length: count }, (_, part) => all.slice(start(part), start(part + 1)));
}
