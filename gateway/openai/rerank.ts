import { rerankRequest } from '../../schemas/http/rerank.ts';
import { validate } from '../shared/json-body.ts';
import { withoutStream, withoutTokens } from './without-stream.ts';

/** The bound of the input counts eight tokens for each message beside the body's bytes. */
const tokensPerMessage = 8;

/** The query is read with each document, and stands in the body once. */
const queriesAgain = (query: string, documents: number): number =>
  Math.ceil((Buffer.byteLength(query) * (documents - 1)) / tokensPerMessage);

/** `POST /v1/rerank`, as Cohere and Jina have it. */
export const rerank = withoutStream({
  operation: 'rerank',
  parse(json) {
    const body = validate(rerankRequest, json);
    const texts = body.documents.map((one) => (typeof one === 'string' ? one : one.text));
    return {
      ...withoutTokens,
      model: body.model,
      messages: texts.length + queriesAgain(body.query, texts.length),
      images: 0,
      promptChars: body.query.length * texts.length + texts.reduce((sum, text) => sum + text.length, 0),
      user: undefined,
    };
  },
});
