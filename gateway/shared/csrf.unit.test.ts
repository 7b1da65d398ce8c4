import { Hono } from 'hono';
import { expect, test } from 'vitest';
import { DaybookError } from '../../schemas/errors.ts';
import { csrf } from './csrf.ts';

const app = new Hono();
app.use('*', csrf(['https://console.example.com']));
app.all('/x', (context) => context.text('done'));
app.onError((error, context) =>
  error instanceof DaybookError ? context.json({ code: error.code }, 403) : context.json({}, 500),
);

const ask = (method: string, headers: Record<string, string>) =>
  app.request('http://daybook.local:8080/x', { method, headers: { host: 'daybook.local:8080', ...headers } });

test.each([
  ['our own page', 'POST', { 'sec-fetch-site': 'same-origin', origin: 'http://daybook.local:8080' }],
  ['our own page in an older browser', 'DELETE', { origin: 'http://daybook.local:8080' }],
  ['our own page behind TLS', 'POST', { origin: 'https://daybook.local:8080' }],
  ['the address bar', 'POST', { 'sec-fetch-site': 'none' }],
  ['a listed origin', 'PUT', { 'sec-fetch-site': 'cross-site', origin: 'https://console.example.com' }],
  ['another site that only reads', 'GET', { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }],
])('%s passes', async (_name, method, headers) => {
  expect((await ask(method, { ...headers })).status).toBe(200);
});

test.each([
  ['another site', 'POST', { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }],
  ['another site in an older browser', 'POST', { origin: 'https://evil.example' }],
  ['another port of this host', 'POST', { origin: 'http://daybook.local:9999' }],
  ['a sibling of this site', 'PATCH', { 'sec-fetch-site': 'same-site', origin: 'http://blog.local:8080' }],
  ['a page without an origin', 'POST', { origin: 'null' }],
  ['one that says nothing', 'DELETE', {}],
  ['a listed host without TLS', 'POST', { origin: 'http://console.example.com' }],
  ['a form of another site', 'POST', { origin: 'https://evil.example', 'content-type': 'text/plain' }],
])('%s is refused', async (_name, method, headers) => {
  const response = await ask(method, { ...headers });
  expect(response.status).toBe(403);
  expect(await response.json()).toEqual({ code: 'auth.cross-site' });
});
