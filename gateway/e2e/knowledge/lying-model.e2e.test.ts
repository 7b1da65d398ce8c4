import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  answers,
  type ScriptedUpstream,
  scriptedUpstream,
  usageOf,
} from '../../../infra/testing/upstream.ts';
import type { AnswerView } from '../../../schemas/http/knowledge.ts';
import { type KnowledgeDaybook, knowledgeDaybook, passagesIn } from '../testing/knowledge.ts';
import { chance, liesAt, type Said } from '../testing/liar.ts';

const topics = [
  'lamps',
  'chairs',
  'kettles',
  'bicycles',
  'tents',
  'radios',
  'clocks',
  'ladders',
  'mirrors',
  'stoves',
];
const rulesOf = (thing: string, n: number) =>
  `# Rules for ${thing}\n\nReturned ${thing} are refunded within ${n + 12} days of their arrival. ` +
  `Shipping costs of heavy ${thing} are paid by the buyer beyond ${n + 31} kilometres. ` +
  `All ${thing} have a warranty of ${n + 50} months against faults of the maker.\n`;
const secret = 'The founders keep their gold ingots in the cellar of the mill at Hollow Creek.';

const invisible = /[\u200b-\u200f\u2060]/g;
const plain = (text: string) => text.replace(invisible, '').toLowerCase();

let upstream: ScriptedUpstream;
let daybook: KnowledgeDaybook;
let said: Said & { trick: string };
let asked = 0;
let text = '';

beforeAll(async () => {
  const next = chance(20_261_126);
  upstream = await scriptedUpstream({
    model: (call, response) => {
      const passages = passagesIn(call.body);
      const source = Math.floor(next() * passages.length);
      const sentences = (passages[source] ?? '').split(/(?<=\.)\s+|\n+/).filter((one) => /\d+ /.test(one));
      const sentence = sentences[Math.floor(next() * sentences.length)] ?? '';
      said = liesAt(asked++, { sentence, source: source + 1, foreign: secret, next });
      answers(said.text, usageOf(100, 20))(call, response);
    },
  });
  daybook = await knowledgeDaybook({ upstream });
  await daybook.department('shop');
  await daybook.department('board');
  const files = topics.map((thing, n) => ({ name: `${thing}.md`, bytes: rulesOf(thing, n) }));
  const documents = await daybook.upload('shop', files);
  await daybook.upload('board', [{ name: 'secret.md', bytes: `# Secret\n\n${secret}\n` }]);
  const texts = await Promise.all(documents.map(({ document }) => daybook.text('shop', document)));
  documents.forEach(({ document }, n) => {
    byDocument.set(document, texts[n] ?? '');
  });
  text = texts.join('\n');
});
afterAll(async () => {
  await daybook?.stop();
  await upstream?.stop();
});

const byDocument = new Map<string, string>();
const question = (n: number) =>
  `Within how many days are ${topics[n % topics.length]} refunded, and who pays? (${n})`;
const asking = { departments: ['shop'], cache: false };

/** What no reader may be shown, wherever in an answer. */
function holds(view: AnswerView, shown: string): void {
  for (const citation of view.citations) {
    const source = byDocument.get(citation.document);
    expect(source, said.trick).toBeDefined();
    expect(source?.slice(citation.start, citation.end), said.trick).toBe(citation.quote);
    expect(citation.at, said.trick).toBeLessThanOrEqual(view.text.length);
  }
  const claims = view.claims.map(({ verdict, citations }) => ({ verdict, cited: citations.length > 0 }));
  expect(claims, said.trick).not.toContainEqual({ verdict: 'supported', cited: false });
  for (const words of said.lies) {
    if (plain(text).includes(plain(words))) continue;
    expect(plain(shown), said.trick).not.toContain(plain(words));
    // Named as left out, at most.
    const { dropped: _, question: __, ...rest } = view;
    expect(plain(JSON.stringify(rest)), said.trick).not.toContain(plain(words));
  }
}

describe('a model that invents quotes', () => {
  const tally = { answered: 0, cited: 0, escalated: 0, dropped: 0, truths: 0 };
  const count = ({ outcome, citations, dropped }: AnswerView) => {
    tally.answered += Number(outcome === 'answered');
    tally.escalated += Number(outcome === 'escalated');
    tally.cited += citations.length;
    tally.dropped += dropped.length;
    tally.truths += Number(said.truths.length > 0);
  };

  test('gets none of 200 answers through as JSON', async () => {
    for (let n = 0; n < 200; n++) {
      const view = await daybook.ask(question(n), asking);
      count(view);
      holds(view, view.text);
    }
  }, 60_000);

  test('gets none of 200 answers through as a stream, in whatever event', async () => {
    for (let n = 0; n < 200; n++) {
      const { events, done, tokens } = await daybook.askStream(question(n), asking);
      count(done);
      const shown = events.filter(({ type }) => type !== 'verdict' && type !== 'done');
      holds(done, JSON.stringify(shown));
      expect(tokens, said.trick).toBe(done.text);
      const cited = shown.filter(({ type }) => type === 'citation');
      expect(cited, said.trick).toHaveLength(done.outcome === 'answered' ? done.citations.length : 0);
    }
  }, 60_000);

  test('is answered with what is true, where all is true', async () => {
    expect(tally.answered).toBeGreaterThan(40);
    expect(tally.cited).toBeGreaterThan(100);
    expect(tally.escalated).toBeGreaterThan(100);
    const reviews = await daybook.running.json<{ data: readonly { citations: readonly unknown[] }[] }>(
      '/api/v1/reviews?limit=100',
    );
    expect(reviews.data.length).toBeGreaterThan(50);
  });
});
