/** @servers none */
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { jsonSchemaOf } from '#messaging';
import { incompatibilities } from './schema-compatibility.js';

const Money = z.strictObject({ amount: z.int().min(0).max(1_000) }).meta({ id: 'Money' });
const Wide = Money.extend({ digits: z.int().optional() }).meta({ id: 'Money' });
const card = z.object({ kind: z.literal('card'), last4: z.string() });
const voucher = z.object({ kind: z.literal('voucher'), code: z.string() });
const gift = z.object({ kind: z.literal('gift') });

/** The body has one member `a`, of these schemas before and after. */
const inside = (before: z.ZodType, after: z.ZodType) => [z.object({ a: before }), z.object({ a: after })] as const;

/** Whether new readers take what was sent so far, and old readers take what is sent from now on. */
function between(before: z.ZodType, after: z.ZodType) {
  const [was, is] = [jsonSchemaOf(before), jsonSchemaOf(after)];
  return { newReaders: incompatibilities(was, is, 'missed'), oldReaders: incompatibilities(is, was, 'ignored') };
}

describe('a change that readers do not notice', () => {
  it.each([
    ['nothing', inside(z.string(), z.string())],
    ['a description', inside(z.string(), z.string().meta({ description: 'new', example: 'x' }))],
    ['a new optional member', [z.object({}), z.object({ a: z.string().optional() })]],
    ['a new optional member deep inside', inside(z.array(gift), z.array(gift.extend({ note: z.string().optional() })))],
    ['the order of members', [z.object({ a: gift, b: card }), z.object({ b: card, a: gift })]],
    ['the order of alternatives', inside(z.union([card, voucher]), z.union([voucher, card]))],
    ['a named schema that is now written out', inside(Money, z.strictObject({ amount: z.int().min(0).max(1_000) }))],
    ['the order of values', inside(z.enum(['x', 'y']), z.enum(['y', 'x']))],
  ])('%s', (_, [before, after]) => {
    expect(between(before, after)).toEqual({ newReaders: [], oldReaders: [] });
  });

  it('is found in schemas that contain themselves', () => {
    const tree = z.object({
      name: z.string(),
      get children() {
        return z.array(tree);
      },
    });
    const taller = z.object({
      name: z.string().max(5),
      get children() {
        return z.array(taller);
      },
    });
    expect(between(tree, tree)).toEqual({ newReaders: [], oldReaders: [] });
    expect(between(tree, taller).newReaders).not.toEqual([]);
  });
});

describe('a change that is refused by readers of old messages', () => {
  it.each([
    ['a member is gone', [z.object({ a: z.string() }), z.object({})], '/a: is not read any more'],
    ['an optional member is gone', [z.object({ a: z.string().optional() }), z.object({})], '/a: is not read any more'],
    ['a member was renamed', [z.object({ a: z.string() }), z.object({ b: z.string().optional() })], '/a: is not read'],
    ['a new member is required', [z.object({}), z.object({ a: z.string() })], '/a: is required and may be missing'],
    [
      'a member became required',
      inside(z.object({ b: z.int().optional() }), z.object({ b: z.int() })),
      '/a/b: is required',
    ],
    ['the type changed', inside(z.string(), z.int()), '/a: type "integer"'],
    ['it may not be null any more', inside(z.string().nullable(), z.string()), '/a: type "string"'],
    ['an object may not be null any more', inside(Money.nullable(), Money), '/a: type "object"'],
    ['a number became an integer', inside(z.number(), z.int()), '/a: type "integer"'],
    ['a text got shorter', inside(z.string().max(9), z.string().max(8)), '/a: maxLength 8'],
    ['a text got a limit', inside(z.string(), z.string().max(8)), '/a: maxLength 8'],
    ['a text may not be empty any more', inside(z.string(), z.string().min(1)), '/a: minLength 1'],
    ['a text got a pattern', inside(z.string(), z.string().regex(/^a/)), '/a: pattern'],
    ['a text got another pattern', inside(z.string().regex(/^a/), z.string().regex(/^b/)), '/a: pattern'],
    ['a text became a time', inside(z.string(), z.iso.datetime()), '/a: format "date-time"'],
    ['a number got a greater minimum', inside(z.int().min(0), z.int().min(1)), '/a: minimum 1'],
    ['a number got a smaller maximum', inside(z.int().max(9), z.int().max(8)), '/a: maximum 8'],
    ['a bound excludes itself', inside(z.number().min(0), z.number().gt(0)), '/a: exclusiveMinimum 0'],
    ['a number must be a multiple', inside(z.int(), z.int().multipleOf(5)), '/a: multipleOf 5'],
    ['a list got shorter', inside(z.array(z.int()).max(9), z.array(z.int()).max(8)), '/a: maxItems 8'],
    ['a list may not be empty any more', inside(z.array(z.int()), z.array(z.int()).min(1)), '/a: minItems 1'],
    ['a list has other items', inside(z.array(z.int()), z.array(z.string())), '/a/*: type "string"'],
    ['a value is gone', inside(z.enum(['x', 'y']), z.enum(['x'])), '/a: '],
    ['a text became one of some values', inside(z.string(), z.enum(['x', 'y'])), '/a: enum'],
    ['a constant is another one', inside(z.literal('x'), z.literal('y')), '/a: const "y"'],
    ['an alternative is gone', inside(z.union([card, voucher]), card), '/a/last4: is required'],
    ['a discriminated alternative is gone', inside(z.discriminatedUnion('kind', [card, gift]), card), '/a/last4'],
    ['unknown members are refused', inside(z.record(z.string(), z.int()), z.strictObject({})), '/a/*: no such member'],
    ['a map has other values', inside(z.record(z.string(), z.int()), z.record(z.string(), z.string())), '/a/*: type'],
    ['a map became an object', inside(z.record(z.string(), z.int()), z.object({ b: z.string().optional() })), '/a/b'],
    ['a tuple got longer', inside(z.tuple([z.int()]), z.tuple([z.int(), z.int()])), '/a: '],
  ])('%s', (_, [before, after], reason) => {
    expect(between(before, after).newReaders.join('\n')).toContain(reason);
  });
});

describe('a change that is refused by readers who have not changed', () => {
  it.each([
    ['a member became optional', inside(z.object({ b: z.int() }), z.object({ b: z.int().optional() })), '/a/b: is req'],
    ['a member may be null', inside(z.string(), z.string().nullable()), '/a: type "string"'],
    ['a text got longer', inside(z.string().max(8), z.string().max(9)), '/a: maxLength 8'],
    ['a value is new', inside(z.enum(['x']), z.enum(['x', 'y'])), '/a: '],
    ['an alternative is new', inside(z.union([card, voucher]), z.union([card, voucher, gift])), '/a: no alternative'],
    ['a strict object has a new optional member', inside(Money, Wide), '/a/digits: no such member is taken'],
    ['an integer became a number', inside(z.int(), z.number()), '/a: type "integer"'],
  ])('%s', (_, [before, after], reason) => {
    expect(between(before, after).oldReaders.join('\n')).toContain(reason);
  });
});
