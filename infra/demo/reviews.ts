import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parse } from 'csv-parse/sync';
import { z } from 'zod';

export interface Review {
  readonly score: number;
  readonly text: string;
}

const record = z.object({
  review_score: z.coerce.number().int().min(1).max(5),
  review_comment_title: z.string(),
  review_comment_message: z.string(),
});

/** The public Olist table, where someone has put it; it is not part of Daybook. */
const table = resolve('../shared/data/olist/olist_order_reviews_dataset.csv');

/** `count` customer reviews in Portuguese, and where they come from. */
export function reviews(count: number): { source: string; reviews: Review[] } {
  const own = ownReviews.map(([score, text]) => ({ score, text }));
  if (!existsSync(table)) {
    return {
      source: `${own.length} reviews of our own, repeated`,
      reviews: Array.from({ length: count }, (_, index) => own[index % own.length] as Review),
    };
  }
  const rows: unknown[] = parse(readFileSync(table), { columns: true, bom: true });
  const found = rows
    .map((row) => record.parse(row))
    .map((row) => ({
      score: row.review_score,
      text: `${row.review_comment_title}. ${row.review_comment_message}`.replace(/^\. /, '').trim(),
    }));
  const long = found.filter(({ text }) => text.length > 60);
  return { source: `the Olist reviews (${long.length} with text)`, reviews: long.slice(0, count) };
}

const ownReviews: readonly (readonly [score: number, text: string])[] = [
  [
    5,
    'Chegou dois dias antes do prazo. A embalagem estava perfeita e o produto funciona muito bem. Recomendo a loja.',
  ],
  [
    1,
    'Comprei há um mês e até hoje não recebi nada. Ninguém responde aos meus e-mails. Quero o meu dinheiro de volta.',
  ],
  [4, 'O produto é bom e bonito. A entrega demorou um pouco mais do que o prometido, mas valeu a pena.'],
  [
    2,
    'Veio na cor errada e com um risco na tampa. Pedi a troca e ainda não tive resposta. Fiquei desapontada.',
  ],
  [
    5,
    'Excelente qualidade pelo preço. Já é a terceira vez que compro e nunca tive problemas. Entrega sempre rápida.',
  ],
  [3, 'O produto serve para o que preciso. O manual está só em inglês. A caixa chegou amassada.'],
  [
    1,
    'Produto chegou quebrado. O vendedor disse que a culpa é da transportadora. A transportadora diz que é do vendedor.',
  ],
  [5, 'Adorei! O tecido é macio e o tamanho está certo. Minha mãe gostou tanto que vou comprar outro.'],
  [2, 'Só recebi metade do pedido. Faltaram duas cadeiras. O atendimento prometeu enviar e não enviou.'],
  [4, 'Boa compra. A instalação foi simples e o aparelho é silencioso. Só o cabo podia ser mais comprido.'],
  [5, 'Entrega rápida e produto original. Veio com nota fiscal e bem embalado. Loja de confiança.'],
  [1, 'Paguei caro pelo frete e o correio devolveu o pacote. Tive de ir buscar eu mesma. Não compro mais.'],
];
