import { z } from 'zod';
import { type ErrorCode, errorCatalogue } from '../../schemas/errors.ts';
import type { FromReader } from './protocol.ts';

const span = { start: z.int().nonnegative(), end: z.int().nonnegative() };
const fields = z.record(z.string(), z.string());

const extracted = z
  .object({
    type: z.enum(['pdf', 'docx', 'html', 'markdown', 'text', 'csv', 'json', 'jsonl', 'code', 'image']),
    text: z.string(),
    pages: z.array(z.object(span)),
    blocks: z.array(
      z.object({
        kind: z.enum(['heading', 'paragraph', 'list', 'table', 'row', 'code', 'footnote']),
        ...span,
        level: z.int().positive().exactOptional(),
        fields: fields.exactOptional(),
      }),
    ),
    title: z.string().exactOptional(),
    language: z.string(),
    syntax: z.string().exactOptional(),
    notes: z.array(z.string()),
  })
  .refine(
    ({ text, pages, blocks }) => inOrder(pages, text) && inOrder(blocks, text),
    'spans are not in order',
  );

function inOrder(
  spans: readonly { readonly start: number; readonly end: number }[],
  { length }: string,
): boolean {
  return spans.every(
    ({ start, end }, index) => start <= end && end <= length && start >= (spans[index - 1]?.start ?? 0),
  );
}

const isErrorCode = (code: string): code is ErrorCode => Object.hasOwn(errorCatalogue, code);

/** The process that read a hostile file is trusted no more than the file. */
export const fromReader: z.ZodType<FromReader> = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('picture'), picture: z.instanceof(Uint8Array) }),
  z.object({ kind: z.literal('extracted'), extracted }),
  z.object({
    kind: z.literal('refused'),
    code: z.custom<ErrorCode>((value) => typeof value === 'string' && isErrorCode(value)),
    message: z.string().max(10_000),
    fields: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  }),
]);
