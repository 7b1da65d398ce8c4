import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { verifyCitations } from '../../../bounded-contexts/knowledge/index.ts';
import { sharedData } from '../../../infra/testing/data.ts';
import {
  answers,
  type ScriptedUpstream,
  scriptedUpstream,
  usageOf,
} from '../../../infra/testing/upstream.ts';
import { type File, type KnowledgeDaybook, knowledgeDaybook, passagesIn } from '../testing/knowledge.ts';

interface Faquad {
  readonly data: readonly {
    readonly title: string;
    readonly paragraphs: readonly {
      readonly context: string;
      readonly qas: readonly { readonly question: string }[];
    }[];
  }[];
}

/** FaQuAD where it is there; else invented rules of an invented shop. */
function collection(): { files: File[]; questions: string[] } {
  const folder = sharedData('faquad');
  if (folder === undefined) {
    const things = [
      'lamp',
      'chair',
      'kettle',
      'bicycle',
      'tent',
      'radio',
      'clock',
      'ladder',
      'mirror',
      'stove',
    ];
    const files = things.map((thing, n) => ({
      name: `${thing}.md`,
      bytes: `# ${thing}\n\nA ${thing} is repaired within ${n + 3} days. A broken ${thing} is replaced for ${n + 11} dollars. Every ${thing} has a warranty of ${n + 20} months.\n`,
    }));
    const questions = [
      'repaired within how many days',
      'replaced for how many dollars',
      'warranty of how many months',
    ];
    return {
      files,
      questions: Array.from({ length: 500 }, (_, n) => `Of a ${things[n % 10]}: ${questions[n % 3]}? (${n})`),
    };
  }
  const { data }: Faquad = JSON.parse(readFileSync(join(folder, 'dataset.json'), 'utf8'));
  return {
    files: data.map(({ title, paragraphs }) => ({
      name: `${title}.md`,
      bytes: `# ${title}\n\n${paragraphs.map(({ context }) => context).join('\n\n')}\n`,
    })),
    questions: data.flatMap(({ paragraphs }) =>
      paragraphs.flatMap(({ qas }) => qas.map((one) => one.question)),
    ),
  };
}

const words = (text: string) => new Set(text.toLowerCase().match(/\p{L}{4,}/gu));

/** Says the sentence that shares most words with the question, and quotes it. */
function honest(question: string, passages: readonly string[]): string {
  const wanted = words(question);
  const sentences = passages.flatMap((passage, n) =>
    passage
      .split(/(?<=[.!?])\s+|\n+/)
      .map((text) => ({ text, n, shared: words(text).intersection(wanted).size })),
  );
  const [best] = sentences.filter(({ text }) => !text.includes('"')).sort((a, b) => b.shared - a.shared);
  return best && best.shared > 0 ? `${best.text} [${best.n + 1}: "${best.text}"]` : '[not found]';
}

const { files, questions } = collection();
let upstream: ScriptedUpstream;
let daybook: KnowledgeDaybook;

beforeAll(async () => {
  let asked = '';
  upstream = await scriptedUpstream({
    model: (call, response) => {
      const messages = JSON.stringify(call.body['messages']);
      asked = questions.find((one) => messages.includes(JSON.stringify(one).slice(1, -1))) ?? '';
      answers(honest(asked, passagesIn(call.body)), usageOf(100, 20))(call, response);
    },
  });
  daybook = await knowledgeDaybook({ upstream });
  await daybook.department('school');
  const documents = await daybook.upload('school', files);
  expect(documents.map(({ status }) => status)).toEqual(files.map(() => 'indexed'));
});
afterAll(async () => {
  await daybook?.stop();
  await upstream?.stop();
});

test('every citation of 500 answers holds against log and blobs alone', async () => {
  const count = 500;
  const asked = questions.slice(0, count);
  expect(asked).toHaveLength(count);
  const waiting = [...asked];
  const worker = async () => {
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop())
      await daybook.ask(next, { departments: ['school'], cache: false });
  };
  await Promise.all([worker(), worker(), worker(), worker()]);

  const verified = await daybook.withParts(({ log, blobs }) => verifyCitations({ log, blobs }));
  expect(verified).toMatchObject({ answers: count, holding: verified.citations, redacted: 0, faults: [] });
  expect(verified.citations).toBeGreaterThan(count * 0.8);
}, 120_000);
