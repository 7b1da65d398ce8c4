import type { Collection } from './collection.ts';

/**
 * A small collection of our own, in two languages, for where no other is at hand. Too small to compare systems by: it
 * shows that everything works.
 */
const topics: readonly (readonly [text: string, ...questions: string[]])[] = [
  [
    'A delivery takes three working days within the country and up to ten abroad. Parcels are handed over to the carrier every evening at six.',
    'How long does a delivery take?',
    'When are parcels handed to the carrier?',
  ],
  [
    'Whoever is not satisfied may return an article within thirty days. The price is refunded once the article has arrived and was checked.',
    'Can I send an article back and get a refund?',
  ],
  [
    'Invoices are sent by e-mail on the first day of the month. A reminder follows after two weeks, and after a further two a fee of five euros is due.',
    'When is a reminder of an invoice sent?',
    'What is the fee for late payment?',
  ],
  [
    'The warranty covers defects of material and manufacture for two years. Batteries are excluded, and so is damage by water.',
    'Does the warranty cover batteries?',
  ],
  [
    'Passwords have at least twelve characters. After five failed attempts an account is locked for an hour; the help desk can unlock it.',
    'Why is my account locked?',
  ],
  [
    'O prazo de entrega é de cinco dias úteis. Pedidos feitos depois das quatorze horas são enviados no dia seguinte.',
    'Qual é o prazo de entrega?',
    'Quando são enviados os pedidos da tarde?',
  ],
  [
    'Reclamações são respondidas em até quarenta e oito horas. Quem não recebe resposta pode recorrer à ouvidoria.',
    'Em quanto tempo uma reclamação é respondida?',
  ],
  [
    'O funcionário tem direito a trinta dias de férias por ano, que podem ser divididos em três períodos.',
    'As férias podem ser divididas?',
  ],
  [
    'O reembolso de despesas de viagem exige as notas fiscais originais e a aprovação do gestor.',
    'O que é preciso para reembolsar despesas de viagem?',
  ],
];

export const ownCollection: Collection = {
  layout: 'own',
  documents: topics.map(([text], at) => ({ id: String(at), text })),
  queries: topics.flatMap(([, ...questions], at) =>
    questions.map((text, which) => ({ id: `${at}.${which}`, text, judged: new Map([[String(at), 1]]) })),
  ),
};
