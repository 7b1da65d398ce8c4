import { isObject, objectOf, objectsOf, stringOf } from '../json.ts';
import type { Json } from '../translation.ts';

/**
 * An estimate of the tokens that a Messages request is for a model whose tokenizer is not at hand. It follows
 * what byte-pair encodings do with text: a word of up to seven letters is one token and each further seven one
 * more, digits go in threes, marks singly, ideographs and other scripts about one and a half characters a
 * token; indentation and line breaks cost one a run. Within a tenth or two for prose; no bound.
 */
const wordsAndMarks = /[A-Za-z]+|\d+|[\u00c0-\u024f\u0370-\u1fff]+|\s{2,}|\n|[^\s]/gu;

export function estimatedTextTokens(text: string): number {
  let tokens = 0;
  for (const [run] of text.matchAll(wordsAndMarks)) {
    const first = run.charCodeAt(0);
    if (first <= 32) tokens += 1;
    else if (first >= 48 && first <= 57) tokens += Math.ceil(run.length / 3);
    else if (first < 128) tokens += Math.ceil(run.length / 7);
    else tokens += Math.ceil(run.length / 1.5);
  }
  return tokens;
}

const tokensPerMessage = 4;
/** Anthropic's largest picture. */
const tokensPerImage = 1_600;
const tokensPerPage = 2_000;

export function estimatedTokens(body: Json): number {
  let tokens = estimatedContent(body['system']);
  for (const message of objectsOf(body['messages']))
    tokens += tokensPerMessage + estimatedContent(message['content']);
  for (const tool of objectsOf(body['tools'])) tokens += estimatedTextTokens(JSON.stringify(tool));
  return Math.max(1, tokens);
}

function estimatedContent(content: unknown): number {
  if (typeof content === 'string') return estimatedTextTokens(content);
  return objectsOf(content).reduce((sum, block) => sum + estimatedBlock(block), 0);
}

function estimatedBlock(block: Json): number {
  const { type, source } = block;
  if (type === 'text') return estimatedTextTokens(stringOf(block['text']));
  if (type === 'image') return tokensPerImage;
  if (type === 'document') {
    const { type: kind, data, content } = objectOf(source);
    if (kind === 'base64') return tokensPerPage * pagesOf(stringOf(data));
    return estimatedTextTokens(stringOf(data)) + estimatedContent(content);
  }
  if (type === 'tool_result') return tokensPerMessage + estimatedContent(block['content']);
  if (type === 'thinking') return estimatedTextTokens(stringOf(block['thinking']));
  return isObject(block) ? estimatedTextTokens(JSON.stringify(block)) : 0;
}

/** Pages of a PDF by the page objects that are readable in it; at least one. */
const pagesOf = (base64: string): number =>
  Math.max(
    1,
    Buffer.from(base64, 'base64')
      .toString('latin1')
      .match(/\/Type\s*\/Page\b/g)?.length ?? 1,
  );
