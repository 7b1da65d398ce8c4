/**
 * The sentences that share most words with the rest of the text, in their order in it: degree centrality over
 * the cosine of log-weighted word counts, the idea of LexRank (Erkan and Radev, 2004) without its threshold.
 * `text` may be long: at most its first 400 sentences are read. Returns at most `count` sentences.
 */
export function mostCentralSentences(text: string, count: number): string[] {
  const segmenter = new Intl.Segmenter(undefined, { granularity: 'sentence' });
  const sentences: string[] = [];
  for (const { segment } of segmenter.segment(text.slice(0, 200_000))) {
    const sentence = segment.replace(/\s+/g, ' ').trim();
    if (sentence !== '') sentences.push(sentence);
    if (sentences.length === 400) break;
  }
  if (sentences.length <= count) return sentences;
  const bags = sentences.map(weighted);
  const scores = bags.map((bag, i) =>
    bags.reduce((sum, other, j) => (i === j ? sum : sum + cosine(bag, other)), 0),
  );
  const best = [...scores.keys()]
    .sort((a, b) => (scores[b] as number) - (scores[a] as number) || a - b)
    .slice(0, count);
  return best.sort((a, b) => a - b).map((index) => sentences[index] as string);
}

function weighted(sentence: string): Map<string, number> {
  const bag = new Map<string, number>();
  for (const word of sentence.toLowerCase().match(/[\p{L}\p{N}]{3,}/gu) ?? [])
    bag.set(word, (bag.get(word) ?? 0) + 1);
  let norm = 0;
  for (const [word, times] of bag) {
    const weight = 1 + Math.log(times);
    bag.set(word, weight);
    norm += weight * weight;
  }
  for (const [word, weight] of bag) bag.set(word, weight / Math.sqrt(norm));
  return bag;
}

function cosine(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): number {
  const [small, large] = a.size < b.size ? [a, b] : [b, a];
  let sum = 0;
  for (const [word, weight] of small) sum += weight * (large.get(word) ?? 0);
  return sum;
}
