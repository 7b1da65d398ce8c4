import { testAdminKey } from '../../../infra/testing/daybook.ts';

/** Someone with a key, at one gateway. */
export interface Actor {
  fetch(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Response>;
  /** Sends a body as it is. */
  send(
    method: string,
    path: string,
    body: string | Uint8Array | FormData,
    headers?: Record<string, string>,
  ): Promise<Response>;
  /** The body of an answer that must be a good one. */
  json<Body>(method: string, path: string, body?: unknown): Promise<Body>;
  call(model: string, more?: { user?: string; headers?: Record<string, string> }): Promise<Response>;
  /** Resolves once this gateway has heard of the key. */
  inForce(path?: string, status?: number): Promise<void>;
}

export function actor(url: string, secret = testAdminKey): Actor {
  const ask: Actor['fetch'] = (method, path, body, headers = {}) =>
    fetch(`${url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${secret}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  return {
    fetch: ask,
    send: (method, path, body, headers = {}) =>
      fetch(`${url}${path}`, { method, headers: { authorization: `Bearer ${secret}`, ...headers }, body }),
    async json<Body>(method: string, path: string, body?: unknown) {
      const response = await ask(method, path, body);
      const text = await response.text();
      if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
      return JSON.parse(text) as Body;
    },
    call: (model, { user, headers } = {}) =>
      ask(
        'POST',
        '/v1/chat/completions',
        {
          model,
          max_tokens: 40,
          messages: [{ role: 'user', content: 'How are you?' }],
          ...(user === undefined ? {} : { user }),
        },
        headers,
      ),
    async inForce(path = '/api/v1/me', status = 200) {
      const deadline = performance.now() + 10_000;
      for (;;) {
        const answer = await ask('GET', path);
        await answer.body?.cancel();
        if (answer.status === status) return;
        if (performance.now() > deadline) throw new Error(`${path} still answers ${answer.status}`);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    },
  };
}

/** Issues a key and resolves to its id and its secret. */
export const issueFor = (issuer: Actor, body: object): Promise<{ key: string; secret: string }> =>
  issuer.json('POST', '/api/v1/keys', body);
