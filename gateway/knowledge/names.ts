import type { ContentReader } from '../../bounded-contexts/kernel/index.ts';
import {
  type DocumentDetails,
  detailsPlace,
  type QuestionAnswer,
} from '../../bounded-contexts/knowledge/index.ts';
import type { ManagementPorts } from '../management/ports.ts';
import { readerOf, textOf } from '../management/read.ts';

/** The names of documents that an answer speaks of, where they can still be read. */
export async function namesOf(
  ports: Pick<ManagementPorts, 'knowledge' | 'contentLog' | 'vault' | 'store'> & ManagementPorts,
  tenant: string,
  { passages, citations }: Pick<QuestionAnswer, 'passages' | 'citations'>,
): Promise<ReadonlyMap<string, string>> {
  const reader: ContentReader = readerOf(ports);
  const documents = new Set([...passages, ...citations].map(({ document }) => document));
  const named = await Promise.all(
    [...documents].map(async (document): Promise<[string, string][]> => {
      const present = ports.knowledge.library.document(tenant, document)?.present;
      if (!present) return [];
      const text = await textOf(reader, detailsPlace(tenant, present.department, present.details));
      return typeof text === 'string' ? [[document, (JSON.parse(text) as DocumentDetails).name]] : [];
    }),
  );
  return new Map(named.flat());
}
