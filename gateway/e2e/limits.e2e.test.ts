import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningTestDaybook, testDaybook } from '../../infra/testing/daybook.ts';

describe('management routes', () => {
  let running: RunningTestDaybook;
  beforeAll(async () => {
    running = await testDaybook({
      config: 'limits: { rates: { management: { user: { requestsPerMinute: 7 } } } }\n',
    });
  });
  afterAll(() => running.stop());

  test('are answered up to the limit, say how it stands, and then refuse with when to come again', async () => {
    for (let left = 6; left >= 0; left--) {
      const response = await running.fetch(left % 2 ? '/api/v1/budgets' : '/api/v1/none-such');
      expect(response.status).toBe(left % 2 ? 200 : 404);
      expect(response.headers.get('ratelimit-policy')).toBe('"user-requests";q=7;w=60');
      expect(response.headers.get('ratelimit')).toMatch(new RegExp(`^"user-requests";r=${left};t=[56]\\d$`));
      await response.arrayBuffer();
    }
    const refused = await running.fetch('/api/v1/budgets');
    expect(refused.status).toBe(429);
    expect(refused.headers.get('content-type')).toBe('application/problem+json');
    expect(refused.headers.get('ratelimit')).toMatch(/^"user-requests";r=0;t=[56]\d$/);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(50);
    expect(await refused.json()).toMatchObject({
      code: 'limit.rate-exceeded',
      scope: 'user',
      unit: 'requests',
      limit: 7,
    });
  });

  test('health and calls of models are counted apart', async () => {
    expect((await running.fetch('/health')).status).toBe(200);
    const call = await running.fetch('/v1/chat/completions', {
      method: 'POST',
      body: { model: 'auto', messages: [{ role: 'user', content: 'The lamp came late.' }] },
    });
    expect(call.status).toBe(200);
    expect(call.headers.has('ratelimit')).toBe(false);
  });

  test('readiness and metrics say how limits are counted, and what they refused', async () => {
    const ready = await running.json<{ checks: { part: string; ok: boolean; detail: string }[] }>('/ready');
    expect(ready.checks.find(({ part }) => part === 'limits')).toMatchObject({
      ok: true,
      detail: 'counted on Redis, for all gateways together',
    });
    const metrics = await (await running.fetch('/metrics')).text();
    expect(metrics).toContain('daybook_limits_shared 1');
    expect(metrics).toContain('daybook_limited_requests_total{family="management",policy="user-requests"} 1');
  });
});
