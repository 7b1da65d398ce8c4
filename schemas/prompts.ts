import { z } from 'zod';

/** What a template may have in double braces. */
const placeholders = ['question', 'conversation', 'sources', 'mark', 'count'] as const;

const found = (text: string): string[] =>
  Array.from(text.matchAll(/\{\{\s*([^{}]*?)\s*\}\}/g), ([, name]) => name as string);

/** A text with placeholders, of which some must be in it, so that nothing is asked about nothing. */
const template = (...needed: readonly (typeof placeholders)[number][]) =>
  z
    .string()
    .min(1)
    .max(20_000)
    .superRefine((text, context) => {
      const names = found(text);
      for (const name of names)
        if (!placeholders.some((one) => one === name))
          context.addIssue({
            code: 'custom',
            message: `There is no placeholder {{${name}}}; there are ${placeholders.join(', ')}.`,
          });
      for (const name of needed)
        if (!names.includes(name))
          context.addIssue({ code: 'custom', message: `{{${name}}} must be in it.` });
    });

/** The templates of one language. */
export const promptTexts = z.strictObject({
  /** Who answers and how; the format of citations is added to it, and how sources are fenced. */
  system: z.string().min(1).max(20_000),
  answer: template('sources', 'question'),
  rewrite: template('conversation', 'question'),
  expand: template('question', 'count'),
  decompose: template('question', 'count'),
  missing: template('question', 'sources', 'count'),
  hypothetical: template('question'),
});
export type PromptTexts = z.infer<typeof promptTexts>;

/** A department's prompts. The language of a question chooses among them; English is taken where there is no other. */
export const promptTemplates = z.strictObject({
  id: z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/),
  version: z.number().int().positive(),
  texts: z.strictObject({ en: promptTexts, pt: promptTexts.optional() }),
});
export type PromptTemplates = z.infer<typeof promptTemplates>;
