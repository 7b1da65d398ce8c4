import fc from 'fast-check';
import { expect, test } from 'vitest';
import { analyse, analyseAny, analyseQuery, analyserOf, guessLanguage, wordsOf } from './index.ts';

const pairs = (text: string) =>
  text
    .trim()
    .split(/\s+/)
    .map((pair) => pair.split('=') as [string, string]);

test('English words have the stems of Snowball’s English algorithm', () => {
  const expected = pairs(`
    slipstreams=slipstream distributions=distribut generously=generous general=general hopping=hop hoping=hope
    controlled=control dying=die agreed=agre exceeding=exceed evenings=evening sensibilities=sensibl cries=cri
    ties=tie gas=gas skies=sky happily=happili geologist=geolog rationalize=ration adjustment=adjust
    emergency=emergenc organizations=organiz university=universiti failing=fail added=add eggs=egg youthful=youth`);
  for (const [word, stem] of expected) expect([word, ...analyse(word, 'en')]).toEqual([word, stem]);
});

test('Portuguese words have the stems of Snowball’s Portuguese algorithm, then without accents', () => {
  const expected = pairs(`
    reclamações=reclam entrega=entreg entregaram=entreg rapidamente=rapid produtos=produt qualidade=qualidad
    evolução=evolu tecnologias=tecnolog frequências=frequenc coração=coraca possíveis=possiv amigos=amig
    informática=informat comunidades=comun nação=naca úteis=ute chegou=cheg`);
  for (const [word, stem] of expected) expect([word, ...analyse(word, 'pt')]).toEqual([word, stem]);
});

test('what was written without accents is found as if it had them', () => {
  for (const [bare, accented] of pairs(
    'reclamacao=reclamação informacoes=informações agencia=agência aceitavel=aceitável',
  ))
    expect(analyse(bare, 'pt')).toEqual(analyse(accented, 'pt'));
  expect(analyse('ﬁnal naïve CAFÉ', 'none')).toEqual(['final', 'naive', 'cafe']);
});

test('stop words go, of the question’s own language too, and a script without spaces goes by pairs', () => {
  expect(analyse('the wing of the aircraft', 'en')).toEqual(['wing', 'aircraft']);
  expect(analyse('o prazo da entrega', 'pt')).toEqual(['praz', 'entreg']);
  expect(analyseQuery('what is the prazo', 'pt', 'en')).toEqual(['praz']);
  expect(analyseQuery('what is the deadline of it', 'pt')).toEqual(['deadlin']);
  expect(analyse('東京都', 'none')).toEqual(['東京', '京都']);
  expect(analyseAny('to be').map(({ letters }) => letters)).toEqual(['to', 'be']);
});

test('a language tag chooses the analyser', () => {
  expect(['en', 'en-GB', 'pt_BR', 'PT', 'de', undefined].map(analyserOf)).toEqual([
    'en',
    'en',
    'pt',
    'pt',
    'none',
    'none',
  ]);
});

test('a language is told by its stop words, and not by chance', () => {
  const texts = [
    'What can be done about the delay of a delivery?',
    'O que se pode fazer com o atraso de uma entrega?',
    'Was kann man gegen die Verzögerung einer Lieferung in diesem Fall noch tun und wie lange dauert sie?',
    'slipstream propeller wing',
    '',
  ];
  expect(texts.map(guessLanguage)).toEqual(['en', 'pt', 'none', 'none', 'none']);
});

test('any text has terms without capitals or spaces, none of them empty, and the same every time', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.constantFrom('en', 'pt', 'none'), (text, analyser) => {
      const terms = analyse(text, analyser as 'en');
      expect(terms).toEqual(analyse(text, analyser as 'en'));
      for (const term of terms) expect(term).toMatch(/^[^\s\p{Lu}]+$/u);
      expect(terms.length).toBeLessThanOrEqual(wordsOf(text).length);
    }),
  );
});
