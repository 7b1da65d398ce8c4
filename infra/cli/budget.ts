import { z } from 'zod';
import { exitCodes } from './exit-codes.ts';
import { api, local } from './local.ts';
import { type Output, table } from './output.ts';

const budgets = z.object({
  data: z.array(
    z.object({
      scope: z.string(),
      id: z.string(),
      period: z.string(),
      window: z.string(),
      mode: z.string(),
      limitUsd: z.string(),
      postedUsd: z.string(),
      pendingUsd: z.string(),
      remainingUsd: z.string(),
      percent: z.number(),
    }),
  ),
});

/** `budget set <scope> <id> <period> <usd>`; the id of the scope `tenant` is `-`. */
export async function setBudget(
  scope: string,
  id: string,
  period: string,
  limitUsd: string,
  flags: { soft?: boolean },
  out: Output,
): Promise<number> {
  const body = {
    scope,
    ...(scope === 'tenant' ? {} : { id }),
    period,
    limitUsd,
    mode: flags.soft ? 'soft' : 'hard',
  };
  const response = await api(local(), 'POST', '/api/v1/budgets', body);
  out.result(
    await response.json(),
    `${scope} ${scope === 'tenant' ? '' : `${id} `}may spend $${limitUsd} ${period} (${body.mode})`,
  );
  return exitCodes.ok;
}

/** `budget show [scope] [id]`. */
export async function showBudgets(
  scope: string | undefined,
  id: string | undefined,
  out: Output,
): Promise<number> {
  const path =
    scope === undefined
      ? '/api/v1/budgets'
      : `/api/v1/budgets/${encodeURIComponent(scope)}/${encodeURIComponent(id ?? '-')}`;
  const { data } = budgets.parse(await (await api(local(), 'GET', path)).json());
  const rows = data.map((one) => [
    one.scope,
    one.id,
    one.period,
    one.window,
    one.mode,
    one.limitUsd,
    one.postedUsd,
    one.pendingUsd,
    one.remainingUsd,
    `${one.percent.toFixed(1)} %`,
  ]);
  out.result(
    data,
    rows.length === 0
      ? 'No budgets.'
      : table(
          ['scope', 'id', 'period', 'window', 'mode', 'limit $', 'posted $', 'pending $', 'left $', 'used'],
          rows,
        ),
  );
  return exitCodes.ok;
}
