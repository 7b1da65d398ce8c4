import { z } from 'zod';

/** How the text of a document is to be read out of its file: what a caller may set for a collection or a document. */
export const extractionSettings = z.strictObject({
  /** Of CSV, JSON Lines, and JSON that is a list of objects. */
  rows: z
    .strictObject({
      /**
       * What a row says: `"{title}: {comment}"`, names in braces being columns, or dotted paths in JSON. A row in
       * which all of them are empty is skipped. Default: each chosen column on a line of its own, `name: value`.
       */
      template: z.string().min(1).max(4_000).optional(),
      /** What is kept as the row's fields, in this order. Default: all columns. */
      columns: z.array(z.string().min(1).max(500)).min(1).max(500).optional(),
      /** Of CSV. Default: found out from the text. */
      delimiter: z.string().length(1).optional(),
      /** Whether the first line of a CSV names the columns. Default: found out from the text. */
      header: z.boolean().optional(),
    })
    .optional(),
  ocr: z
    .strictObject({
      /** Tesseract's names of languages, the likeliest first. Default: `eng`. */
      languages: z
        .array(z.string().regex(/^[A-Za-z]{3}(_[A-Za-z]{2,10})*$/))
        .min(1)
        .max(8),
    })
    .optional(),
});

export type ExtractionSettings = z.infer<typeof extractionSettings>;
