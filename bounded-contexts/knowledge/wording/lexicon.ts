/**
 * Words that bear on whether two sentences say the same, in English and Portuguese, in lower case and without
 * diacritics but where a comment says otherwise. Small and plain on purpose: what is not in here is no evidence.
 */
const set = (words: string): ReadonlySet<string> => new Set(words.split(/\s+/));

const pairs = (lines: string): ReadonlyMap<string, string> =>
  new Map(
    lines
      .trim()
      .split(/\s*\n\s*/)
      .flatMap((line) => {
        const [key, words] = line.split('=') as [string, string];
        return words
          .trim()
          .split(/\s+/)
          .map((word) => [word, key.trim()] as const);
      }),
  );

/** With diacritics as they are written: they stand in running text. */
export const numberWords: ReadonlyMap<string, number> = new Map(
  (
    'two=2 three=3 four=4 five=5 six=6 seven=7 eight=8 nine=9 ten=10 eleven=11 twelve=12 thirteen=13 fourteen=14 ' +
    'fifteen=15 sixteen=16 seventeen=17 eighteen=18 nineteen=19 twenty=20 thirty=30 forty=40 fifty=50 sixty=60 ' +
    'seventy=70 eighty=80 ninety=90 hundred=100 dois=2 duas=2 três=3 quatro=4 cinco=5 seis=6 sete=7 oito=8 nove=9 ' +
    'dez=10 onze=11 doze=12 treze=13 quatorze=14 catorze=14 quinze=15 dezesseis=16 dezessete=17 dezoito=18 ' +
    'dezenove=19 vinte=20 trinta=30 quarenta=40 cinquenta=50 sessenta=60 setenta=70 oitenta=80 noventa=90 cem=100'
  )
    .split(' ')
    .map((entry) => {
      const [word, value] = entry.split('=') as [string, string];
      return [word, Number(value)] as const;
    }),
);

/** With diacritics as they are written. */
export const multipliers: ReadonlyMap<string, number> = new Map([
  ['mil', 1e3],
  ['thousand', 1e3],
  ['k', 1e3],
  ['million', 1e6],
  ['millions', 1e6],
  ['milhão', 1e6],
  ['milhões', 1e6],
  ['billion', 1e9],
  ['billions', 1e9],
  ['bilhão', 1e9],
  ['bilhões', 1e9],
]);

/** With diacritics as they are written. */
export const unitNames = pairs(`
  % = % percent
  BRL = r$ real reais brl
  USD = us$ $ dollar dollars dólar dólares usd
  EUR = € euro euros eur
  GBP = £ pound pounds libra libras gbp
  second = s sec second seconds segundo segundos
  minute = min minute minutes minuto minutos
  hour = h hr hrs hour hours hora horas
  day = d day days dia dias
  week = week weeks semana semanas
  month = month months mês meses
  year = year years ano anos
  kg = kg kilo kilos quilo quilos kilogram kilograms quilograma quilogramas
  g = g gram grams grama gramas
  mg = mg
  lb = lb lbs
  oz = oz
  ft = ft foot feet
  inch = inch inches polegada polegadas
  mile = mile miles milha milhas
  km = km kilometre kilometres kilometer kilometers quilômetro quilômetros
  m = m metre metres meter meters metro metros
  cm = cm
  mm = mm
  l = l litre litres liter liters litro litros
  ml = ml
  W = w watt watts
  kW = kw
  V = v volt volts
  MB = mb
  GB = gb
  °C = °c
  °F = °f
`);

/** `no` is a negation in English only; in Portuguese it is "in the". */
export const negations = set(
  `not never none neither nor cannot without nothing nobody nowhere unable nao nunca jamais sem nenhum nenhuma nem
   nada ninguem tampouco inexistente`,
);

export const stopWords = set(
  `a an the of to in on at by for from with and or but if is are was were be been being it its this that these those as
   do does did has have had will would can could should may might must shall not no nor so than then there their them they
   we you your our i me my he she his her him what which who whom whose when where why how much many about into over under
   o os as um uma uns umas de do da dos das em no na nos nas por pelo pela pelos pelas para com e ou mas se que qual quais
   quem quando onde como quanto quanta quantos quantas ao aos a às foi era sao ser sido esta estao este esse isso isto
   aquele aquela seu sua seus suas meu minha ele ela eles elas eu voce voces nao sim ja mais muito tem ter ha pode podem
   porque sobre entre ate tambem so me lhe lhes nos please por favor tell show list give explain describe summarise
   summarize compare find say diga mostre liste explique descreva resuma compare encontre fale quero want need preciso there's
   what's i'm it's`,
);

export const portugueseMarks = set(
  'de que para com nao uma do da dos das e os em por na nos nas ao pelo pela qual quais voce sao esta foi seu sua o as um mais',
);
export const englishMarks = set(
  'the of and is to in what how does do it are for with this that was on be by which from can your you not an at',
);

/** What a question asks for: two that ask for different things are different questions, whatever they share. */
export const asked = pairs(`
  who = who whom quem
  when = when quando
  where = where onde aonde
  why = why porque
  amount = quanto quanta quantos quantas much many
  how = como
  whose = whose cujo cuja
`);

/** A word and what it cannot stand in for. One sign for one side, the other for the other. */
const poles = `
  rise = increase increases increased aumentaram subiram cresceram rise rises rose grow grew aumento aumenta aumentou subiu cresceu aumentar | cairam diminuiram reduziram reduzido reduzida decrease decreases decreased fall falls fell decline declined drop dropped queda reduz reduziu caiu diminuiu diminuir reduzir
  most = most highest maximum max largest biggest maior maiores maximo maxima | least lowest minimum min smallest menor menores minimo minima
  before = before antes | after depois apos
  above = above over acima | below under abaixo
  more = more | less fewer menos
  first = first primeiro primeira | last final ultimo ultima
  best = best better melhor melhores positive positivas positivos positivo positiva | worst worse pior piores negative negativas negativos negativo negativa
  start = start starts started begin begins begun inicio comeca comecou iniciar | end ends ended finish finished fim termina terminou encerrar
  allow = allow allows allowed permitted permite permitido permitida permitir | forbid forbids forbidden prohibited proibido proibida proibe proibir
  include = include includes included including inclui incluido incluida incluindo | exclude excludes excluded excluding exclui excluido excluida excluindo
  open = open opened opens abrir aberto aberta abre | close closed closes fechar fechado fechada fecha
  with = enable enabled ativar ativado habilitar habilitado | disable disabled desativar desativado desabilitar desabilitado
  pass = accept accepts accepted approved aceita aceito aceitos aprovado aprovada | reject rejects rejected refused denied recusa recusado recusada rejeitado negado reprovado
  buy = buy buys bought comprar comprou compra | sell sells sold vender vendeu venda
  in = import imports imported importar importacao | export exports exported exportar exportacao
  up = incoming inbound entrada | outgoing outbound saida
  real = true verdadeiro verdadeira | false falso falsa
  always = always sempre | rarely raramente
`;

export const poleOf: ReadonlyMap<string, string> = new Map(
  poles
    .trim()
    .split(/\s*\n\s*/)
    .flatMap((line) => {
      const [key, sides] = line.split('=') as [string, string];
      return sides.split('|').flatMap((side, sign) =>
        side
          .trim()
          .split(/\s+/)
          .map((word) => [word, `${sign === 0 ? '+' : '-'}${key.trim()}`] as const),
      );
    }),
);

export const opposite = (pole: string): string => `${pole.startsWith('+') ? '-' : '+'}${pole.slice(1)}`;

/** Names that Portuguese writes in lower case. `may` and `march` are too often something else. */
export const calendar = set(
  `january february april june july august september october november december monday tuesday wednesday thursday friday
   saturday sunday janeiro fevereiro marco abril maio junho julho agosto setembro outubro novembro dezembro segunda-feira
   terca-feira quarta-feira quinta-feira sexta-feira sabado domingo`,
);
