import { z } from 'zod';
import { exitCodes } from './exit-codes.ts';
import { api, local } from './local.ts';
import type { Output } from './output.ts';
import { askKnowledge, type QuestionFlags } from './questions.ts';

interface AskFlags extends Partial<QuestionFlags> {
  readonly user?: string;
  readonly maxTokens?: string;
}

const answer = z.object({
  choices: z.array(z.object({ message: z.object({ content: z.string().nullable() }) })).min(1),
});

/** `ask <question>` without a department: one call through the gateway, recorded and paid for like any other. */
export async function ask(
  question: string,
  { department, ...flags }: AskFlags,
  out: Output,
): Promise<number> {
  if (department !== undefined) return askKnowledge(question, { ...flags, department }, out);
  const here = local();
  const response = await api(here, 'POST', '/v1/chat/completions', {
    model: flags.model ?? 'auto',
    messages: [{ role: 'user', content: question }],
    ...(flags.user === undefined ? {} : { user: flags.user }),
    ...(flags.maxTokens === undefined ? {} : { max_tokens: Number(flags.maxTokens) }),
  });
  const text = answer.parse(await response.json()).choices[0]?.message.content ?? '';
  const head = (name: string) => response.headers.get(name) ?? '';
  const facts = {
    invocation: head('daybook-invocation-id'),
    model: head('daybook-model'),
    costUsd: head('daybook-cost-usd'),
    remainingUsd: head('daybook-budget-remaining-usd'),
  };
  out.result({ text, ...facts }, text);
  if (!out.json)
    out.say(`\n${facts.model}, $${facts.costUsd}, left: ${facts.remainingUsd}; ${facts.invocation}`);
  return exitCodes.ok;
}
