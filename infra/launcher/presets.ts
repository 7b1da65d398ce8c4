import type { Environment } from '../../schemas/config/environment.ts';
import type { ProviderConfig } from '../../schemas/config/file.ts';
import { free } from './model-of.ts';

const timeouts = { connectMs: 5_000, firstByteMs: 60_000, betweenBytesMs: 30_000 };

const versioned = (url: string) => (/\/v\d+\/?$/.test(url) ? url : `${url.replace(/\/+$/, '')}/v1`);

/** As Ollama's own tools read OLLAMA_HOST: a host, a host and port, or a URL. */
function ollamaUrl(host: string): string {
  const url = new URL(/^https?:/.test(host) ? host : `http://${host}`);
  if (url.port === '' && url.protocol === 'http:') url.port = '11434';
  // What a server listens on everywhere is reached here.
  if (url.hostname === '0.0.0.0') url.hostname = '127.0.0.1';
  return url.toString().replace(/\/+$/, '');
}

/** The providers that the environment alone names, by the variables that their own tools read. */
export function providersOf(env: Environment): ProviderConfig[] {
  const found: ProviderConfig[] = [];
  const add = (
    id: string,
    kind: ProviderConfig['kind'],
    tier: ProviderConfig['tier'],
    baseUrl: string,
    apiKey: string | undefined,
    more: Partial<ProviderConfig> = {},
  ) =>
    found.push({
      id,
      kind,
      baseUrl,
      tier,
      discover: true,
      timeouts,
      ...(apiKey === undefined ? {} : { apiKey }),
      ...more,
    });

  if (env.OPENAI_API_KEY !== undefined || env.OPENAI_BASE_URL !== undefined) {
    const url = env.OPENAI_BASE_URL ?? 'https://api.openai.com/v1';
    // Another service at that address is taken for no more than it surely is.
    const itself = /(^|\.)openai\.com$/.test(new URL(url).hostname);
    add('openai', itself ? 'openai' : 'openai-compatible', 3, url, env.OPENAI_API_KEY);
  }
  if (env.ANTHROPIC_API_KEY !== undefined || env.ANTHROPIC_BASE_URL !== undefined) {
    const url = env.ANTHROPIC_BASE_URL ?? 'https://api.anthropic.com';
    add('anthropic', 'anthropic', 3, url, env.ANTHROPIC_API_KEY);
  }
  if (env.FIREWORKS_API_KEY !== undefined)
    add('fireworks', 'openai-compatible', 1, 'https://api.fireworks.ai/inference/v1', env.FIREWORKS_API_KEY);
  if (env.TOGETHER_API_KEY !== undefined)
    add('together', 'openai-compatible', 1, 'https://api.together.xyz/v1', env.TOGETHER_API_KEY);
  if (env.OLLAMA_HOST !== undefined)
    add('ollama', 'ollama', 0, ollamaUrl(env.OLLAMA_HOST), undefined, { price: free });
  if (env.JAN_URL !== undefined)
    add('jan', 'openai-compatible', 0, versioned(env.JAN_URL), undefined, { price: free });
  return found;
}
