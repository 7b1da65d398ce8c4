import { scriptedTokens, type WireDialect, wordsIn } from './dialect.ts';

/** A line of a streamed answer. */
export const ollamaLine = (message: object, more: object = {}): string =>
  `${JSON.stringify({ model: 'scripted', created_at: '2026-11-01T00:00:00Z', message: { role: 'assistant', content: '', ...message }, done: false, ...more })}\n`;

const counts = {
  total_duration: 1,
  load_duration: 1,
  prompt_eval_count: scriptedTokens.input,
  prompt_eval_duration: 1,
  eval_count: scriptedTokens.output,
  eval_duration: 1,
};

export const ollamaDone = (usage: boolean, more: object = {}): object => ({
  done: true,
  done_reason: 'stop',
  ...(usage ? counts : {}),
  ...more,
});

/** Ollama's own API. */
export const ollamaWire: WireDialect = {
  path: '/api/chat',
  streamType: 'application/x-ndjson',
  whole: (text, usage) => ollamaLine({ content: text }, ollamaDone(usage)),
  pieces: (text, usage) => ({
    opening: [],
    words: wordsIn(text).map((content) => ollamaLine({ content })),
    finish: ollamaLine({}, ollamaDone(usage)),
    usage: '',
    end: '',
  }),
  error: (_status, message) => JSON.stringify({ error: message }),
  nonsense: '{"model":"scripted","message":{"cont\n',
  aside(path, models) {
    if (path === '/api/tags')
      return JSON.stringify({ models: models.map((name) => ({ name, model: name })) });
    if (path === '/api/show')
      return JSON.stringify({
        capabilities: ['completion', 'tools', 'vision'],
        model_info: { 'general.architecture': 'llama', 'llama.context_length': 131_072 },
      });
    return undefined;
  },
};
