import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

/** What a scripted provider does with one call; it speaks OpenAI's wire format, or breaks it as told. */
export type Script = (call: ReceivedCall, response: ServerResponse) => void;

export interface ReceivedCall {
  readonly model: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly authorization: string | undefined;
  readonly request: IncomingMessage;
}

export interface ScriptedUpstream {
  /** Up to and with `/v1`. */
  readonly url: string;
  readonly calls: ReceivedCall[];
  /** Scripts by the model's name at the provider. */
  readonly scripts: Map<string, Script>;
  stop(): Promise<void>;
}

export const completionBody = (text: string, usage: object | undefined) =>
  JSON.stringify({
    id: 'chatcmpl-test',
    object: 'chat.completion',
    created: 1_700_000_000,
    model: 'scripted',
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: text, refusal: null },
        logprobs: null,
        finish_reason: 'stop',
      },
    ],
    ...(usage === undefined ? {} : { usage }),
  });

export const chunkOf = (delta: object, finish: string | null = null, more: object = {}) =>
  `data: ${JSON.stringify({ id: 'chatcmpl-test', object: 'chat.completion.chunk', created: 1_700_000_000, model: 'scripted', choices: [{ index: 0, delta, finish_reason: finish }], ...more })}\n\n`;

export const usageOf = (input: number, output: number) => ({
  prompt_tokens: input,
  completion_tokens: output,
  total_tokens: input + output,
});

export function answerJson(
  response: ServerResponse,
  status: number,
  body: string,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(body);
}

/** A whole answer, or a streamed one where the caller asked for it. */
export const answers =
  (text: string, usage: { prompt_tokens: number; completion_tokens: number } | undefined): Script =>
  ({ body }, response) => {
    if (body['stream'] !== true) return answerJson(response, 200, completionBody(text, usage));
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const word of text.split(/(?<=\s)/)) response.write(chunkOf({ content: word }));
    response.write(chunkOf({}, 'stop'));
    if (usage)
      response.write(
        `data: ${JSON.stringify({ id: 'chatcmpl-test', object: 'chat.completion.chunk', created: 1, model: 'scripted', choices: [], usage })}\n\n`,
      );
    response.end('data: [DONE]\n\n');
  };

/** A provider on loopback whose every answer the test decides. */
export async function scriptedUpstream(scripts: Record<string, Script>): Promise<ScriptedUpstream> {
  const calls: ReceivedCall[] = [];
  const byModel = new Map(Object.entries(scripts));
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      if (request.url?.endsWith('/models')) {
        return answerJson(
          response,
          200,
          JSON.stringify({
            object: 'list',
            data: [...byModel.keys()].map((id) => ({ id, object: 'model' })),
          }),
        );
      }
      const body: Record<string, unknown> = JSON.parse(Buffer.concat(chunks).toString());
      const call = {
        model: String(body['model']),
        body,
        authorization: request.headers.authorization,
        request,
      };
      calls.push(call);
      const script = byModel.get(call.model);
      if (script) script(call, response);
      else
        answerJson(
          response,
          404,
          JSON.stringify({
            error: {
              message: 'no such model',
              type: 'invalid_request_error',
              param: 'model',
              code: 'model_not_found',
            },
          }),
        );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}/v1`,
    calls,
    scripts: byModel,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
