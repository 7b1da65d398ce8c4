import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type CacheEntry,
  type CacheQuestion,
  createSemanticCache,
  entriesToEnd,
  mayServe,
  partitionOf,
  wordingOf,
} from '../index.ts';

const unit = (...values: number[]) => {
  const length = Math.hypot(...values);
  return Float32Array.from(values, (value) => value / length);
};
const question = (text: string, vector = unit(1, 0, 0)): CacheQuestion => ({
  text,
  vector,
  wording: wordingOf(text),
});
const key = {
  tenant: 't1',
  departments: ['sales', 'support'],
  locale: 'en',
  model: 'openai/gpt-x',
  promptVersion: 'p1',
  retrievalVersion: 'r1',
  guardVersion: 'g1',
};
const entry = (more: Partial<CacheEntry<string>> = {}): CacheEntry<string> => ({
  id: 'e1',
  tenant: 't1',
  partition: partitionOf(key),
  departments: ['support'],
  question: question('What does the warranty cover?'),
  cites: [{ department: 'support', document: 'd1', revision: 'r1' }],
  kthScore: 0.6,
  escalated: false,
  answer: 'Parts.',
  ...more,
});
const all = { mayRead: () => true };

describe('a partition', () => {
  test('is the same for the same rights in another order, and another for any other part of the key', () => {
    expect(partitionOf({ ...key, departments: ['support', 'sales', 'sales'] })).toBe(partitionOf(key));
    const others = Object.keys(key).map((part) =>
      partitionOf({ ...key, [part]: part === 'departments' ? ['sales'] : 'other' }),
    );
    expect(new Set([partitionOf(key), ...others]).size).toBe(1 + others.length);
  });

  test('is chosen before similarity: the identical question of somebody with other rights finds nothing', () => {
    const cache = createSemanticCache<string>();
    cache.put(entry(), cache.moment());
    const asked = question('What does the warranty cover?');
    expect(cache.find(partitionOf({ ...key, departments: ['sales'] }), asked, all)).toBeUndefined();
    expect(cache.find(partitionOf(key), asked, all)?.entry.answer).toBe('Parts.');
  });
});

describe('an answer is given again only where nothing differs that would change it', () => {
  test.each([
    ['What does the warranty cover?', 'what is covered by the warranty?', true],
    ['How long is the warranty of the X200?', 'How long is the warranty of the X300?', false],
    ['What did Ana Souza buy?', 'What did Bia Souza buy?', false],
    ['What did Ana buy?', 'what did ana buy?', true],
    ['Ana bought what?', 'Bia bought what?', false],
    ['Is water damage covered?', 'Is water damage not covered?', false],
    ['Which parts are covered?', "Which parts aren't covered?", false],
    ['Quais produtos têm garantia?', 'Quais produtos não têm garantia?', false],
    ['O que diz no contrato?', 'O que está no contrato?', true],
    ['Can I return it within 30 days?', 'Can I return it within 60 days?', false],
    ['Can I return it within 30 days?', 'Can I return it within thirty days?', true],
    ['O prazo é de 1.500 reais?', 'O prazo é de R$ 1500?', true],
    ['Is it 5 kg?', 'Is it 5 lb?', false],
    ['Qual foi a venda de janeiro?', 'Qual foi a venda de fevereiro?', false],
    ['Which product sold most?', 'Which product sold least?', false],
    ['Qual a maior reclamação?', 'Qual a menor reclamação?', false],
    ['When was it paid?', 'Where was it paid?', false],
    ['Quando chega?', 'Onde chega?', false],
  ])('%s | %s → %s', (a, b, serve) => {
    const first = mayServe(entry({ question: question(a) }), question(b), all);
    const second = mayServe(entry({ question: question(b) }), question(a), all);
    expect([first.serve, second.serve]).toEqual([serve, serve]);
  });

  test('names in lower case differ where the collection says that they are rare', () => {
    const rare = (word: string) => ['ana', 'bia'].includes(word);
    const read = (text: string) => ({ ...question(text), wording: wordingOf(text, rare) });
    expect(mayServe(entry({ question: read('what did ana buy') }), read('what did bia buy'), all).serve).toBe(
      false,
    );
  });

  test('below the threshold, without the right to what it cites, or once escalated it is not served, and why is said', () => {
    const asked = question('What does the warranty cover?', unit(1, 0.5, 0));
    expect(mayServe(entry(), asked, all)).toMatchObject({ serve: false, why: 'similarity' });
    expect(mayServe(entry(), asked, { ...all, minSimilarity: 0.8 })).toMatchObject({ serve: true });
    const same = question('What does the warranty cover?');
    expect(mayServe(entry(), same, { mayRead: () => false })).toMatchObject({ serve: false, why: 'rights' });
    expect(mayServe(entry({ escalated: true }), same, all)).toMatchObject({ serve: false, why: 'escalated' });
  });

  test('a question always matches itself, and matching does not depend on which was first', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (a, b) => {
        expect(mayServe(entry({ question: question(a) }), question(a), all).serve).toBe(true);
        expect(mayServe(entry({ question: question(a) }), question(b), all).serve).toBe(
          mayServe(entry({ question: question(b) }), question(a), all).serve,
        );
      }),
    );
  });
});

describe('an entry ends', () => {
  const ended = { kind: 'revision-ended', tenant: 't1', document: 'd1', revision: 'r1' } as const;
  const added = { kind: 'chunks-added', tenant: 't1', department: 'support' } as const;

  test('with a revision that it cites, not with another, nor with one of another tenant', () => {
    expect(entriesToEnd([entry()], ended)).toHaveLength(1);
    expect(entriesToEnd([entry()], { ...ended, revision: 'r2' })).toHaveLength(0);
    expect(entriesToEnd([entry()], { ...ended, tenant: 't2' })).toHaveLength(0);
  });

  test('when a new chunk comes as near to its question as its k-th hit, in a department that was searched', () => {
    const near = [{ vector: unit(1, 1, 0) }];
    const far = [{ vector: unit(0.1, 1, 0), text: 'Opening hours of the shop' }];
    expect(entriesToEnd([entry()], { ...added, chunks: near })).toHaveLength(1);
    expect(entriesToEnd([entry()], { ...added, chunks: far })).toHaveLength(0);
    expect(entriesToEnd([entry()], { ...added, department: 'sales', chunks: near })).toHaveLength(0);
    expect(entriesToEnd([entry({ kthScore: -1 })], { ...added, chunks: far })).toHaveLength(1);
  });

  test('when a new chunk has half of its words, or nothing can be said of the chunk', () => {
    const words = [{ vector: unit(0, 1, 0), text: 'The warranty now covers water.' }];
    expect(entriesToEnd([entry()], { ...added, chunks: words })).toHaveLength(1);
    expect(entriesToEnd([entry()], { ...added, chunks: [{}] })).toHaveLength(1);
    expect(entriesToEnd([entry()], { ...added, chunks: [{ vector: unit(0, 1) }] })).toHaveLength(1);
  });
});

describe('the cache', () => {
  const asked = question('What does the warranty cover?');

  test('refuses an answer whose sources changed while it was made', () => {
    const cache = createSemanticCache<string>();
    const moment = cache.moment();
    cache.apply({ kind: 'revision-ended', tenant: 't1', document: 'd1', revision: 'r1' });
    expect(cache.put(entry(), moment)).toBe(false);
    expect(cache.put(entry(), cache.moment())).toBe(true);
    for (let n = 0; n < 1_001; n++)
      cache.apply({ kind: 'revision-ended', tenant: 't2', document: 'd1', revision: 'r1' });
    // What it no longer remembers, it cannot vouch for.
    expect(cache.put(entry(), moment)).toBe(false);
  });

  test('remembers no more chunks than fit, and vouches for no answer that was begun before them', () => {
    const cache = createSemanticCache<string>();
    const moment = cache.moment();
    const chunks = Array.from({ length: 20_001 }, () => ({ vector: unit(0, 0, 1), text: 'Opening hours' }));
    cache.apply({ kind: 'chunks-added', tenant: 't2', department: 'support', chunks });
    expect(cache.put(entry(), moment)).toBe(false);
    expect(cache.put(entry(), cache.moment())).toBe(true);
  });

  test('holds a large document against many entries in a moment', () => {
    const cache = createSemanticCache<string>();
    const moment = cache.moment();
    for (let n = 0; n < 1_000; n++) cache.put(entry({ id: `e${n}`, partition: `p${n % 5}` }), moment);
    const text = 'The opening hours of the shop are from nine to five. '.repeat(40);
    const chunks = Array.from({ length: 1_000 }, () => ({ vector: unit(0.1, 0, 1), text }));
    const started = performance.now();
    expect(cache.apply({ kind: 'chunks-added', tenant: 't1', department: 'support', chunks })).toEqual([]);
    // A million comparisons; ten times what they take on an idle core.
    expect(performance.now() - started).toBeLessThan(10_000);
  });

  test('never keeps an escalated answer, and forgets what a change ended', () => {
    const cache = createSemanticCache<string>();
    expect(cache.put(entry({ escalated: true }), cache.moment())).toBe(false);
    cache.put(entry(), cache.moment());
    expect(cache.apply({ kind: 'revision-ended', tenant: 't1', document: 'd1', revision: 'r1' })).toEqual([
      'e1',
    ]);
    expect(cache.find(partitionOf(key), asked, all)).toBeUndefined();
    expect(cache.size()).toBe(0);
  });

  test('serves the most similar entry, and drops the least recently used one of a full partition only', () => {
    const cache = createSemanticCache<string>({ capacity: 2 });
    const at = (id: string, x: number) => entry({ id, question: question('What is it?', unit(1, x, 0)) });
    const other = partitionOf({ ...key, model: 'other' });
    cache.put(entry({ id: 'other', partition: other, question: asked }), cache.moment());
    cache.put(at('a', 0.1), cache.moment());
    cache.put(at('b', 0.2), cache.moment());
    const near = question('What is it?', unit(1, 0.1, 0));
    expect(cache.find(partitionOf(key), near, all)?.entry.id).toBe('a');
    cache.put(at('c', 0.3), cache.moment());
    expect(cache.find(partitionOf(key), question('What is it?', unit(1, 0.2, 0)), all)?.entry.id).not.toBe(
      'b',
    );
    expect(cache.find(other, asked, all)?.entry.id).toBe('other');
    expect(cache.size()).toBe(3);
  });

  test('keeps as many partitions as it may', () => {
    const cache = createSemanticCache<string>({ partitions: 1 });
    cache.put(entry(), cache.moment());
    cache.put(entry({ id: 'e2', partition: 'p2' }), cache.moment());
    expect(cache.find(partitionOf(key), asked, all)).toBeUndefined();
    expect(cache.size()).toBe(1);
  });
});
