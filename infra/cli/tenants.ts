import { z } from 'zod';
import { exitCodes } from './exit-codes.ts';
import { api, local } from './local.ts';
import { type Output, table } from './output.ts';
import { allRows } from './pages.ts';

const made = z
  .object({ tenant: z.string(), adminKey: z.object({ key: z.string(), secret: z.string() }).optional() })
  .loose();
const row = z.object({
  tenant: z.string(),
  name: z.string(),
  region: z.string().nullable(),
  status: z.string(),
});

/** `tenants create <id> [name]`: the secret of the tenant's first key is shown this once. */
export async function createTenant(
  tenant: string,
  name: string | undefined,
  flags: { region?: string },
  out: Output,
): Promise<number> {
  const body = { tenant, name: name ?? tenant, ...flags };
  const answer = made.parse(await (await api(local(), 'POST', '/api/v1/tenants', body)).json());
  out.result(
    answer,
    answer.adminKey
      ? `The tenant ${answer.tenant} is there. Its administrator's key, shown this once:\n${answer.adminKey.secret}`
      : `The tenant ${answer.tenant} was there already.`,
  );
  return exitCodes.ok;
}

/** `tenants list`. */
export async function listTenants(out: Output): Promise<number> {
  const rows = await allRows(local(), '/api/v1/tenants', row);
  const cells = rows.map(({ tenant, name, region, status }) => [tenant, name, region ?? '', status]);
  out.result(rows, table(['tenant', 'name', 'region', 'status'], cells));
  return exitCodes.ok;
}
