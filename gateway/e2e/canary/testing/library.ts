import type { Actor } from '../../testing/actors.ts';

/** What a department knows, and what was asked of it. */
export interface Library {
  readonly document: string;
  readonly query: string;
  readonly review: string;
}

/** The same words in every department of every tenant, but for those that are its own. */
const handbook = (own: string) =>
  `# The handbook\n\nThe canary of ${own} sings in the mine at noon.\n\nWhoever hears it leaves by the north gate.\n`;
const prices = (own: string) => `item,price\nA cage of ${own},12\nSeed of ${own},3\n`;

/** Uploads one file as the body, and waits until it is found. */
export async function upload(
  admin: Actor,
  department: string,
  name: string,
  text: string,
  more: { readonly document?: string; readonly query?: string; readonly patienceMs?: number } = {},
): Promise<string> {
  const at = `/api/v1/knowledge/${department}/documents${more.document ? `/${more.document}` : ''}`;
  const answer = await admin.send(
    more.document ? 'PUT' : 'POST',
    `${at}?name=${name}${more.query ?? ''}`,
    text,
  );
  const said = await answer.text();
  if (!answer.ok) throw new Error(`${answer.status} ${said}`);
  const { data, position } = JSON.parse(said) as { data: { document: string }[]; position: string };
  const document = data[0]?.document ?? '';
  const deadline = performance.now() + (more.patienceMs ?? 20_000);
  for (;;) {
    const shown = await admin.json<{ status: string }>(
      'GET',
      `/api/v1/knowledge/${department}/documents/${document}?after=${position}`,
    );
    if (shown.status === 'indexed') return document;
    if (shown.status === 'failed' || performance.now() > deadline)
      throw new Error(`${name} of ${department}: ${JSON.stringify(shown)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

export interface Asked {
  readonly query: string;
  readonly position: string;
  readonly outcome: string;
  readonly cached: string | null;
  readonly text: string;
  readonly citations: readonly { readonly document: string; readonly quote: string }[];
}

export const question = 'When does the canary sing in the mine?';

/**
 * A department's documents, which hold `own` and its name, and a question that was answered from them; unless
 * `escalated` is false also one that waits for a reviewer.
 */
export async function libraryOf(
  admin: Actor,
  department: string,
  own: string,
  { conversation, escalated = true }: { conversation?: string; escalated?: boolean } = {},
): Promise<Library> {
  const words = `${own} ${department}`;
  const about = `&tags=${own}&source=${own}&author=${own}`;
  const document = await upload(admin, department, 'handbook.md', handbook(words), { query: about });
  await upload(admin, department, 'prices.csv', prices(words), { query: about });
  const answer = await admin.json<Asked>('POST', '/api/v1/queries', {
    question: `${question} Ask ${own}.`,
    departments: [department],
    ...(conversation === undefined ? {} : { conversation }),
  });
  if (answer.outcome !== 'answered' || answer.citations.length === 0)
    throw new Error(`It was not answered: ${JSON.stringify(answer)}`);
  const { query, position } = answer;
  await admin.json('GET', `/api/v1/queries/${query}?after=${position}`);
  if (!escalated) return { document, query, review: '' };
  const task = await admin.json<{ review: string; position: string }>(
    'POST',
    `/api/v1/queries/${query}/escalate`,
  );
  await admin.json('GET', `/api/v1/reviews/${task.review}?after=${task.position}`);
  return { document, query, review: task.review };
}
