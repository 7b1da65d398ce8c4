import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Hono } from 'hono';
import { errorCatalogue } from '../../schemas/errors.ts';

const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Daybook API</title>
<link rel="icon" href="data:,">
<script type="module" src="/docs/rapidoc.js"></script>
</head>
<body>
<rapi-doc spec-url="/openapi.json" theme="light" render-style="read" load-fonts="false" show-header="false"
  regular-font="system-ui, sans-serif" mono-font="ui-monospace, monospace" primary-color="#2f5d50"
  nav-bg-color="#f6f5f1" allow-server-selection="false" schema-description-expanded="true"></rapi-doc>
</body>
</html>
`;

const errorsStyle = `
body { font: 16px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 3rem auto; padding: 0 1rem; color: #222; }
dt { font: 600 1rem ui-monospace, monospace; margin-top: 1.5rem; } dd { margin: .25rem 0 0; } dt span { color: #2f5d50; }
:target { background: #eef4f1; }
`;

/** Where every problem's `type` points to. */
const errorsPage = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Daybook errors</title>
<link rel="icon" href="data:,">
<style>${errorsStyle}</style>
</head>
<body>
<h1>Errors</h1>
<dl>
${Object.entries(errorCatalogue)
  .map(
    ([code, { status, retryable, advice }]) =>
      `<dt id="${code}">${code} <span>${status}</span></dt><dd>${advice}${retryable ? ' The same request may succeed later.' : ''}</dd>`,
  )
  .join('\n')}
</dl>
</body>
</html>
`;

/** What a page of ours may load; nothing may embed it, and no script stands in it. */
const policy = (...allowed: string[]): Record<string, string> => ({
  'content-security-policy': [
    "default-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    'img-src data:',
    ...allowed,
  ].join('; '),
});

const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** The reference page, all of it from here: no CDN, no fonts from elsewhere. */
export function docsApp(document: () => object): Hono {
  const app = new Hono();
  let script: Buffer | undefined;
  app.get('/openapi.json', (context) => context.json(document()));
  app.get('/docs', (context) =>
    // The reference page styles its parts by attributes, which no hash allows.
    context.html(page, 200, policy("script-src 'self'", "style-src 'unsafe-inline'", "connect-src 'self'")),
  );
  app.get('/docs/errors', (context) =>
    context.html(errorsPage, 200, policy(`style-src ${hashOf(errorsStyle)}`)),
  );
  app.get('/docs/rapidoc.js', () => {
    script ??= readFileSync(createRequire(import.meta.url).resolve('rapidoc/dist/rapidoc-min.js'));
    return new Response(new Uint8Array(script), {
      headers: { 'content-type': 'text/javascript; charset=utf-8', 'cache-control': 'public, max-age=86400' },
    });
  });
  return app;
}
