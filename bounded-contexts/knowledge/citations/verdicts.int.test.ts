import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { checkAnswer, parseAnswer } from '../index.ts';
import { sentencesOf } from '../wording/index.ts';

const squad = z.object({
  data: z.array(z.object({ paragraphs: z.array(z.object({ context: z.string() })) })),
});

/** FaQuAD's paragraphs, where somebody has put them beside the checkout; else some of our own. */
function paragraphs(): { source: string; texts: readonly string[] } {
  const file = resolve('../shared/data/faquad/dataset.json');
  if (existsSync(file)) {
    const { data } = squad.parse(JSON.parse(readFileSync(file, 'utf8')));
    return { source: 'FaQuAD', texts: data.flatMap((one) => one.paragraphs.map(({ context }) => context)) };
  }
  return {
    source: 'paragraphs of our own',
    texts: [
      'A biblioteca central foi fundada em 1962 e tem hoje 48 salas de leitura. O acervo está aberto a todos os alunos. Cada aluno pode levar até 12 livros por 15 dias, e a renovação é feita pela internet.',
      'O curso noturno tem duração de 10 semestres e é oferecido em dois campi da universidade. A matrícula pode ser trancada por 24 meses. O estágio é obrigatório a partir do sétimo semestre do curso.',
      'A usina foi construída entre 1971 e 1978 às margens do rio Verde. Ela tem 6 turbinas de grande porte e pode abastecer 900 mil casas. O reservatório é usado também para a pesca e o turismo regional.',
    ],
  };
}

const { source, texts } = paragraphs();

/** Sentences, each with the passage that it is of and a quote that is most of it. */
const cases = texts.flatMap((text, at) =>
  sentencesOf(text).flatMap(({ start, end }) => {
    const sentence = text.slice(start, end).replace(/[.!?]+$/, '');
    if (sentence.length < 40 || sentence.length > 300 || /["[\]“”]/.test(sentence)) return [];
    const words = sentence.split(' ');
    const quote = words.slice(0, Math.max(5, Math.floor(words.length * 0.8))).join(' ');
    return [{ text, at, sentence, quote }];
  }),
);

const verdict = (claim: string, { text, quote }: (typeof cases)[number]) =>
  checkAnswer(parseAnswer(`${claim} [1: "${quote}"].`), [
    { document: 'd', revision: 'r', text, chunk: { start: 0, end: text.length } },
  ]).claims[0]?.verdict;

const share = (all: readonly boolean[]) => all.filter(Boolean).length / all.length;

describe(`verdicts on sentences of ${source}`, () => {
  test('leave a sentence alone that is quoted in part', () => {
    expect(share(cases.map((one) => verdict(one.sentence, one) === 'supported'))).toBeGreaterThan(0.99);
  });

  test('contradict it once it is negated', () => {
    const negatable = cases.filter(
      ({ sentence }) =>
        / (?:é|foi|são|tem|pode|está) /.test(sentence) && !/\b(?:não|nem|sem)\b/i.test(sentence),
    );
    const negated = negatable.map((one) =>
      verdict(one.sentence.replace(/ (é|foi|são|tem|pode|está) /, ' não $1 '), one),
    );
    expect(negatable.length).toBeGreaterThan(4);
    expect(share(negated.map((one) => one === 'contradicted'))).toBeGreaterThan(0.95);
  });

  test('support it no more once one of its numbers is another', () => {
    const number = /(?<![\d.,])(\d{2,4})(?![\d.,])/;
    const numbered = cases.filter(({ sentence }) => number.test(sentence));
    const changed = numbered.map((one) =>
      verdict(
        one.sentence.replace(number, (found) => String(Number(found) + 31)),
        one,
      ),
    );
    expect(numbered.length).toBeGreaterThan(2);
    expect(share(changed.map((one) => one !== 'supported'))).toBeGreaterThan(0.95);
  });

  test('find nothing for a sentence of another passage', () => {
    const others = cases.map((one, index) => {
      const other = cases[(index + Math.ceil(cases.length / 2)) % cases.length] as (typeof cases)[number];
      return other.at === one.at || verdict(other.sentence, one) === 'not-found';
    });
    expect(share(others)).toBeGreaterThan(0.95);
  });
});
