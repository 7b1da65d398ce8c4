import { loadConfiguration, openParts, type Parts } from '../../../infra/launcher/index.ts';
import { type RunningTestDaybook, testAdminKey, testDaybook } from '../../../infra/testing/daybook.ts';
import type { ScriptedUpstream } from '../../../infra/testing/upstream.ts';
import type { AnswerView, DocumentView } from '../../../schemas/http/knowledge.ts';

export interface File {
  readonly name: string;
  readonly bytes: string | Uint8Array<ArrayBuffer>;
}

export interface Uploaded {
  readonly document: string;
  readonly name: string;
}

export interface KnowledgeDaybook {
  readonly running: RunningTestDaybook;
  department(slug: string): Promise<void>;
  /** Resolves once all are indexed or refused, and to what the documents of the department are then. */
  upload(
    department: string,
    files: readonly File[],
    query?: Record<string, string>,
  ): Promise<readonly DocumentView[]>;
  replace(department: string, document: string, file: File): Promise<DocumentView>;
  /** The canonical text. */
  text(department: string, document: string): Promise<string>;
  ask(
    question: string,
    more?: Readonly<Record<string, unknown>>,
    query?: Record<string, string>,
  ): Promise<AnswerView>;
  /** As events, and what came in all as text. */
  askStream(question: string, more?: Readonly<Record<string, unknown>>): Promise<StreamedAnswer>;
  /** Opens log, vault and blobs beside the running processes, for as long as `fn` takes. */
  withParts<T>(fn: (parts: Parts) => Promise<T>): Promise<T>;
  stop(): Promise<void>;
}

export interface StreamedAnswer {
  readonly events: readonly { readonly type: string; readonly data: Record<string, unknown> }[];
  /** Of the event `done`. */
  readonly done: AnswerView;
  readonly tokens: string;
}

/** One model `test/model` of a scripted provider, by which questions are answered; none without an upstream. */
const withModel = (upstream: ScriptedUpstream): string => `
providers:
  - { id: test, kind: openai-compatible, baseUrl: "${upstream.url}", tier: 1 }
models:
  - { name: model, provider: test, price: { input: "1", output: "10" } }
`;

export async function knowledgeDaybook(
  options: { upstream?: ScriptedUpstream; config?: string; variables?: Record<string, string> } = {},
): Promise<KnowledgeDaybook> {
  const { upstream, config = '', variables } = options;
  const running = await testDaybook({
    config: `${upstream ? withModel(upstream) : ''}${config}`,
    ...(variables ? { variables } : {}),
  });
  const authorization = `Bearer ${testAdminKey}`;

  const settled = (documents: readonly DocumentView[]) =>
    documents.every(({ status }) => status === 'indexed' || status === 'failed');
  async function whenSettled(department: string, most: number): Promise<readonly DocumentView[]> {
    const path = `/api/v1/knowledge/${department}/documents?limit=100`;
    const all: DocumentView[] = [];
    let cursor: string | null = null;
    do {
      const page: { data: DocumentView[]; nextCursor: string | null } = await running.eventually(
        cursor === null ? path : `${path}&cursor=${cursor}`,
        ({ data }) => settled(data),
        most,
      );
      all.push(...page.data);
      cursor = page.nextCursor;
    } while (cursor !== null);
    return all;
  }

  async function sent(method: string, path: string, body: FormData): Promise<{ position: string }> {
    const response = await fetch(`${running.url}${path}`, { method, headers: { authorization }, body });
    const text = await response.text();
    if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`);
    return JSON.parse(text);
  }
  const formOf = (files: readonly File[]) => {
    const form = new FormData();
    for (const { name, bytes } of files) form.append('file', new Blob([bytes]), name);
    return form;
  };

  return {
    running,
    async department(slug) {
      await running.json('/api/v1/departments', { method: 'POST', body: { slug } });
    },
    async upload(department, files, query = {}) {
      const place = `/api/v1/knowledge/${department}/documents`;
      const { position } = await sent('POST', `${place}?${new URLSearchParams(query)}`, formOf(files));
      await running.fetch(`${place}?after=${position}`);
      return whenSettled(department, 60_000);
    },
    async replace(department, document, file) {
      const place = `/api/v1/knowledge/${department}/documents/${document}`;
      const { position } = await sent('PUT', place, formOf([file]));
      await running.fetch(`${place}?after=${position}`);
      return running.eventually<DocumentView>(place, (one) => settled([one]), 30_000);
    },
    async text(department, document) {
      const response = await running.fetch(
        `/api/v1/knowledge/${department}/documents/${document}/content?as=text`,
      );
      if (!response.ok) throw new Error(`the text of ${document}: ${response.status}`);
      return response.text();
    },
    ask: (question, more = {}, query = {}) =>
      running.json<AnswerView>(`/api/v1/queries?${new URLSearchParams(query)}`, {
        method: 'POST',
        body: { question, ...more },
      }),
    async askStream(question, more = {}) {
      const response = await running.fetch('/api/v1/queries', {
        method: 'POST',
        body: { question, ...more, stream: true },
      });
      const events = (await response.text())
        .split('\n\n')
        .filter((block) => block !== '')
        .map((block) => {
          const [, type = '', data = ''] = /^event: (\w+)\ndata: (.*)$/s.exec(block) ?? [];
          return { type, data: JSON.parse(data) };
        });
      const done = events.find(({ type }) => type === 'done')?.data;
      if (!done) throw new Error(`no end: ${JSON.stringify(events).slice(0, 600)}`);
      const tokens = events.flatMap(({ type, data }) => (type === 'token' ? [data.text] : [])).join('');
      return { events, done, tokens };
    },
    async withParts(fn) {
      const { nats, database } = running.daybook.urls;
      const configuration = loadConfiguration({ DAYBOOK_DATA_DIR: `${running.folder}/data` }, running.folder);
      const parts = await openParts(
        configuration,
        { database, ...(nats === undefined ? {} : { nats }) },
        'test',
      );
      try {
        return await fn(parts);
      } finally {
        await parts.close();
      }
    },
    stop: () => running.stop(),
  };
}

/** The passages that a prompt shows its model, in order. */
export function passagesIn(body: Readonly<Record<string, unknown>>): string[] {
  const said = JSON.stringify(body['messages']);
  const prompt: string = JSON.parse(said)
    .map(({ content }: { content: string }) => content)
    .join('\n');
  const blocks = prompt.matchAll(/^<<<(\S+) (\d+)\n([\s\S]*?)\n\1 \2>>>$/gm);
  return [...blocks].map(([, , , text]) => text ?? '');
}
