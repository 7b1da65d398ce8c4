import { afterAll } from 'vitest';
import { postgresHarnesses } from '../contract/postgres-harness.ts';
import { logContract } from '../contract.ts';

let harnesses: ReturnType<typeof postgresHarnesses> | undefined;
afterAll(async () => (await harnesses)?.close());

logContract('Postgres', async () => {
  harnesses ??= postgresHarnesses();
  return (await harnesses).make();
});
