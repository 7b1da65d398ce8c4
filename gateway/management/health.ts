import { Hono } from 'hono';
import { DaybookError } from '../../schemas/errors.ts';

/** What one part of the system answers when asked whether it serves. */
export interface Check {
  readonly part: string;
  readonly ok: boolean;
  readonly ms: number;
  readonly detail: string;
}

export interface HealthPorts {
  /** Each named test; it throws, or takes too long, where the part does not serve. */
  readonly checks: Readonly<Record<string, () => Promise<string>>>;
  /** The metrics page in Prometheus' text format. */
  readonly metrics: () => Promise<{ contentType: string; body: string }>;
}

/** /ready answers within two seconds, whatever hangs. */
const patienceMs = 1_500;

async function check(part: string, test: () => Promise<string>): Promise<Check> {
  const start = performance.now();
  const late = new Promise<never>((_, reject) => {
    setTimeout(() => reject(new Error(`no answer within ${patienceMs} ms`)), patienceMs).unref();
  });
  try {
    const detail = await Promise.race([test(), late]);
    return { part, ok: true, ms: Math.round(performance.now() - start), detail };
  } catch (error) {
    const detail = error instanceof DaybookError || error instanceof Error ? error.message : 'failed';
    return { part, ok: false, ms: Math.round(performance.now() - start), detail };
  }
}

/** `/health` is liveness: this process answers. `/ready` tests each dependency and the projections' lag. */
export function healthApp({ checks, metrics }: HealthPorts): Hono {
  const app = new Hono();
  app.get('/health', (context) => context.json({ status: 'ok' }));
  app.get('/ready', async (context) => {
    const results = await Promise.all(Object.entries(checks).map(([part, test]) => check(part, test)));
    const ok = results.every((result) => result.ok);
    return context.json(
      {
        status: ok ? 'ready' : 'not ready',
        failing: results.filter((one) => !one.ok).map((one) => one.part),
        checks: results,
      },
      ok ? 200 : 503,
      ok ? {} : { 'retry-after': '1' },
    );
  });
  app.get('/metrics', async () => {
    const { contentType, body } = await metrics();
    return new Response(body, { headers: { 'content-type': contentType } });
  });
  return app;
}
