/**
 * The two in-process search libraries that a user of Node would pick, each with our analyser in place of its own: both
 * find more with it than as they come, and what is left to compare is their index.
 */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { analyse, analyserOf } from '../../bounded-contexts/knowledge/index.ts';
import { peersFolder } from './peers.ts';

export interface SearchPeer {
  readonly label: string;
  readonly note: string;
  /** Document ids, best first. */
  search(text: string, k: number): readonly string[] | Promise<readonly string[]>;
}

interface PeerDocument {
  readonly id: string;
  readonly text: string;
}

interface MiniSearchModule {
  readonly default: new (options: {
    fields: string[];
    processTerm: (term: string) => string[];
  }) => {
    addAll(documents: readonly PeerDocument[]): void;
    search(text: string): { id: string }[];
  };
}

interface OramaModule {
  create(options: object): object;
  insertMultiple(index: object, documents: readonly PeerDocument[], batch: number): Promise<unknown>;
  search(index: object, query: object): Promise<{ hits: { id: string }[] }> | { hits: { id: string }[] };
}

type MakePeer = (documents: readonly PeerDocument[], language: string) => Promise<SearchPeer>;

const load = <T>(path: string): Promise<T> =>
  import(pathToFileURL(join(peersFolder, 'node_modules', path)).href);

export const searchPeers: readonly MakePeer[] = [
  async (documents, language) => {
    const { default: MiniSearch } = await load<MiniSearchModule>('minisearch/dist/es/index.js');
    const index = new MiniSearch({
      fields: ['text'],
      processTerm: (term) => analyse(term, analyserOf(language)),
    });
    index.addAll(documents);
    return {
      label: 'MiniSearch 7.2.0',
      note: 'with our analyser, else as it comes',
      search: (text, k) =>
        index
          .search(text)
          .slice(0, k)
          .map(({ id }) => id),
    };
  },
  async (documents, language) => {
    const orama = await load<OramaModule>('@orama/orama/dist/esm/index.js');
    const tokenizer = {
      language: 'english',
      normalizationCache: new Map(),
      tokenize: (text: unknown) => [...new Set(analyse(String(text), analyserOf(language)))],
    };
    const index = orama.create({ schema: { text: 'string' }, components: { tokenizer } });
    await orama.insertMultiple(index, documents, 500);
    return {
      label: 'Orama 3.1.18',
      note: 'with our analyser, else as it comes',
      async search(text, k) {
        const { hits } = await orama.search(index, { term: text, limit: k });
        return hits.map(({ id }) => id);
      },
    };
  },
];
