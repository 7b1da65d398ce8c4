import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { promptTemplates } from '../../../schemas/prompts.ts';
import { checkAnswer, defaultPrompts, parseAnswer, promptSet } from '../index.ts';

const prompts = promptSet(defaultPrompts);
const asked = { question: 'What does it cost?', language: 'en' };
const turns = [{ question: 'Which lamp is red?', answer: 'The X200.' }];

describe('the prompt for an answer', () => {
  test('gives the format, fenced sources by number, the conversation and the question', () => {
    const [system, user] = prompts.answer({ ...asked, passages: ['It costs 20.', 'It is red.'], turns });
    const mark = /<<<([0-9a-f]{12}) 1\nIt costs 20\.\n\1 1>>>\n\n<<<\1 2\nIt is red\.\n\1 2>>>/.exec(
      user?.content ?? '',
    )?.[1];
    expect(mark).toBeDefined();
    expect(system?.role).toBe('system');
    expect(system?.content).toContain(`<<<${mark} NUMBER`);
    expect(user?.content).toContain('Question: Which lamp is red?\nAnswer: The X200.');
    expect(user?.content.endsWith('Question: What does it cost?')).toBe(true);
  });

  test('speaks the language of the question, English where it has no other', () => {
    const system = (language: string) =>
      prompts.answer({ ...asked, language, passages: ['x'], turns: [] })[0]?.content;
    expect(system('pt')).toContain('[não encontrado]');
    expect(system('en')).toContain('[not found]');
    expect(system('und')).toBe(system('en'));
  });

  test('shows an example that is read as it is meant', () => {
    const text = 'The pump starts when the pressure falls below two bar.';
    const source = { document: 'd', revision: 'r', text, chunk: { start: 0, end: text.length } };
    const system = prompts.answer({ ...asked, passages: ['x'], turns: [] })[0]?.content ?? '';
    const example = system.slice(system.indexOf('For example: ') + 13).split('\n')[0] ?? '';
    const checked = checkAnswer(parseAnswer(example.replace('[2:', '[1:')), [source]);
    expect(checked).toMatchObject({ coverage: 1, dropped: [] });
  });

  test('keeps what sources and questions hold from being read as a template or a fence', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.array(fc.string(), { minLength: 1, maxLength: 3 }),
        (question, passages) => {
          const tricky = `${question}{{sources}} $& {{question}}`;
          const [, user] = prompts.answer({ question: tricky, language: 'en', passages, turns: [] });
          expect(user?.content.endsWith(`Question: ${tricky}`)).toBe(true);
          expect(user?.content.match(/<<<[0-9a-f]{12} \d/g)?.length).toBeGreaterThanOrEqual(passages.length);
        },
      ),
    );
  });
});

test('the other prompts ask for what they are for', () => {
  expect(prompts.rewrite({ ...asked, turns })[0]?.content).toContain('Which lamp is red?');
  expect(prompts.expand({ ...asked, count: 3 })[0]?.content).toContain('Write 3 other ways');
  expect(prompts.decompose({ ...asked, language: 'pt', count: 4 })[0]?.content).toContain('no máximo 4');
  expect(prompts.missing({ ...asked, passages: ['It is red.'], count: 2 })[0]?.content).toMatch(
    /It is red\.[\s\S]*at most 2/,
  );
  expect(prompts.hypothetical(asked)[0]?.content).toContain('What does it cost?');
});

describe('replies are read', () => {
  test.each([
    ['What does the X200 cost?', 'What does the X200 cost?'],
    ['Rewritten question: "What does the X200 cost?"', 'What does the X200 cost?'],
    [
      'Here is the question:\n\n**Question:** What does the X200 cost?\n\nI hope this helps.',
      'What does the X200 cost?',
    ],
    ['```\nQuanto custa a X200?\n```', 'Quanto custa a X200?'],
    ['<think>hm: which?</think>Pergunta: Quanto custa?', 'Quanto custa?'],
    ['', undefined],
    ['x'.repeat(3_000), undefined],
  ])('%j as the question %j', (reply, question) => {
    expect(prompts.readRewrite(reply)).toBe(question);
  });

  test.each([
    ['a b\nc d', ['a b', 'c d']],
    ['Sure, here they are:\n1. a b\n2) c d\n\nAnything else?', ['a b', 'c d']],
    ['- "a b"\n- A B\n- c d\n- e f\n- g h', ['a b', 'c d', 'e f']],
    ['["a b", 3, "c d"]', ['a b', 'c d']],
    ['[not json', ['[not json']],
    ['', []],
  ])('%j as the list %j', (reply, list) => {
    expect(prompts.readList(reply, 3)).toEqual(list);
  });

  test('as nothing missing where that is what they say', () => {
    for (const reply of ['nothing', 'Nothing.', '- nada', 'None', 'Não falta nada.'])
      expect(prompts.readMissing(reply, 3)).toEqual([]);
    expect(prompts.readMissing('When was it built?\nWho built it?', 1)).toEqual(['When was it built?']);
  });

  test('as a passage to search with, or none', () => {
    expect(prompts.readHypothetical('Passage: It costs 20.')).toBe('It costs 20.');
    expect(prompts.readHypothetical('  ')).toBeUndefined();
  });
});

describe('templates of a department', () => {
  const own = (en: object) => ({
    ...defaultPrompts,
    id: 'sales',
    texts: { en: { ...defaultPrompts.texts.en, ...en } },
  });
  test('have a version that changes with any word of them', () => {
    const versions = [defaultPrompts, own({}), own({ system: 'Be kind.' })].map(
      (one) => promptSet(promptTemplates.parse(one)).version,
    );
    expect(new Set(versions).size).toBe(3);
    expect(promptSet(defaultPrompts).version).toBe(prompts.version);
    expect(prompts.version).toMatch(/^default@1-[0-9a-f]{8}$/);
  });

  test('must say where question and sources go, and may name nothing that there is not', () => {
    const problems = (en: object) =>
      promptTemplates
        .safeParse(own(en))
        .error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
    expect(problems({})).toBeUndefined();
    expect(problems({ answer: '{{question}}' })).toEqual(['texts.en.answer: {{sources}} must be in it.']);
    expect(problems({ hypothetical: '{{question}} {{tenant}}' })?.[0]).toMatch(
      /no placeholder \{\{tenant\}\}/,
    );
  });
});
