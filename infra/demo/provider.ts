import { createServer } from 'node:http';
import { z } from 'zod';
import { mostCentralSentences } from '../providers/central-sentences.ts';

const request = z.object({
  model: z.string(),
  messages: z.array(z.object({ role: z.string(), content: z.string() })).min(1),
  max_tokens: z.number().optional(),
});

const bad =
  /não (recebi|chegou|compro|tive)|quebrad|errad|atras|péssim|ruim|defeito|devol|dinheiro de volta|faltou|faltaram|desapont/i;
const good = /excelente|ótim|adorei|recomendo|rápid|perfeit|gostei|boa? (compra|qualidade)|satisfeit/i;

/** No model: rules and sentences from the text. It stands in where no provider is configured, and is priced. */
function answerTo(task: string, text: string): string {
  if (!task.includes('Classifique')) return mostCentralSentences(text, 1).join(' ');
  return bad.test(text) ? 'negativa' : good.test(text) ? 'positiva' : 'neutra';
}

export interface DemoProvider {
  readonly url: string;
  stop(): Promise<void>;
}

/** Two providers on loopback that speak OpenAI's wire format: `steady`, and `shaky`, which fails every third call. */
export async function demoProvider(): Promise<DemoProvider> {
  let shakyCalls = 0;
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const send = (status: number, body: object) => {
        response.writeHead(status, { 'content-type': 'application/json' });
        response.end(JSON.stringify(body));
      };
      const parsed = request.safeParse(JSON.parse(Buffer.concat(chunks).toString() || 'null'));
      if (!parsed.success)
        return send(400, {
          error: { message: 'not a chat completion request', type: 'invalid_request_error' },
        });
      const { model, messages } = parsed.data;
      if (model === 'shaky' && ++shakyCalls % 3 === 0)
        return send(500, { error: { message: 'overloaded', type: 'server_error' } });
      const content = answerTo(messages[0]?.content ?? '', messages.at(-1)?.content ?? '');
      const tokens = (value: string) => Math.ceil(value.length / 4);
      const input = messages.reduce((sum, message) => sum + tokens(message.content) + 4, 0);
      send(200, {
        id: `chatcmpl-demo-${Date.now()}`,
        object: 'chat.completion',
        created: Math.floor(Date.now() / 1000),
        model,
        choices: [
          {
            index: 0,
            message: { role: 'assistant', content, refusal: null },
            logprobs: null,
            finish_reason: 'stop',
          },
        ],
        usage: {
          prompt_tokens: input,
          completion_tokens: tokens(content),
          total_tokens: input + tokens(content),
        },
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}/v1`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
