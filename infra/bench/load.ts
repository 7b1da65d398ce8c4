import autocannon from 'autocannon';
import { Client } from 'undici';

export interface Target {
  readonly label: string;
  /** Of the chat completions route. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

const message =
  'Summarise this review in one sentence: the parcel came late, and the box was open, but the lamp works.';
export const bodyOf = (model: string, stream: boolean): string =>
  JSON.stringify({ model, stream, max_tokens: 64, messages: [{ role: 'user', content: message }] });

/** `callers` connections, one call at a time each, for `seconds`. Rate in calls/s, latencies in ms. */
export async function load(target: Target, body: string, callers: number, seconds: number) {
  const result = await autocannon({
    url: target.url,
    method: 'POST',
    connections: callers,
    duration: seconds,
    headers: { 'content-type': 'application/json', ...target.headers },
    body,
  });
  if (result.non2xx > 0 || result.errors > 0) {
    throw new Error(`${target.label}: ${result.non2xx} calls refused, ${result.errors} failed`);
  }
  const { latency } = result;
  return {
    rate: result['2xx'] / result.duration,
    p50: latency.p50,
    p975: latency.p97_5,
    p99: latency.p99,
    calls: result['2xx'],
  };
}

/** One caller, one call after another: milliseconds to the whole answer, and to its first bytes. */
export async function oneCaller(
  target: Target,
  body: string,
  calls: number,
): Promise<{ whole: number[]; first: number[] }> {
  const url = new URL(target.url);
  const client = new Client(url.origin);
  const whole: number[] = [];
  const first: number[] = [];
  try {
    for (let call = 0; call < calls; call++) {
      const start = performance.now();
      const response = await client.request({
        method: 'POST',
        path: url.pathname,
        headers: { 'content-type': 'application/json', ...target.headers },
        body,
      });
      if (response.statusCode !== 200)
        throw new Error(`${target.label}: status ${response.statusCode}: ${await response.body.text()}`);
      let seen = false;
      for await (const _part of response.body) {
        if (!seen) first.push(performance.now() - start);
        seen = true;
      }
      whole.push(performance.now() - start);
    }
  } finally {
    await client.close();
  }
  return { whole, first };
}
