import { embeddingsRequest } from '../../schemas/http/embeddings.ts';
import { validate } from '../shared/json-body.ts';
import { textsOf } from './texts.ts';
import { withoutStream, withoutTokens } from './without-stream.ts';

/** `POST /v1/embeddings`. */
export const embeddings = withoutStream({
  operation: 'embeddings',
  parse(json) {
    const body = validate(embeddingsRequest, json);
    const { count, chars } = textsOf(body.input);
    return {
      ...withoutTokens,
      model: body.model,
      messages: count,
      images: 0,
      promptChars: chars,
      user: body.user ?? undefined,
    };
  },
});
