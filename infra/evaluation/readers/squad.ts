import { z } from 'zod';
import type { Collection } from '../collection.ts';
import type { Files } from './index.ts';

const squad = z.object({
  data: z.array(
    z.object({
      paragraphs: z.array(
        z.object({
          context: z.string(),
          qas: z.array(
            z.object({
              id: z.coerce.string(),
              question: z.string(),
              is_impossible: z.boolean().optional(),
            }),
          ),
        }),
      ),
    }),
  ),
});

/** Paragraphs are the documents; the paragraph that a question was asked of answers it. */
export function readSquad({ names, read }: Files): Collection | undefined {
  for (const name of names.filter((one) => one.endsWith('.json'))) {
    const parsed = squad.safeParse(json(read(name)));
    if (!parsed.success) continue;
    const ids = new Map<string, string>();
    const idOf = (text: string): string => {
      const known = ids.get(text) ?? String(ids.size);
      ids.set(text, known);
      return known;
    };
    const queries = parsed.data.data
      .flatMap(({ paragraphs }) => paragraphs)
      .flatMap(({ context, qas }) => {
        const document = idOf(context);
        return qas
          .filter(({ is_impossible }) => is_impossible !== true)
          .map(({ id, question }) => ({ id, text: question, judged: new Map([[document, 1]]) }));
      });
    return { layout: 'squad', documents: [...ids].map(([text, id]) => ({ id, text })), queries };
  }
  return undefined;
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
