import { moderationsRequest } from '../../schemas/http/moderations.ts';
import { validate } from '../shared/json-body.ts';
import { withoutStream, withoutTokens } from './without-stream.ts';

/** OpenAI's own, where the caller names none. */
const usual = 'omni-moderation-latest';

/** `POST /v1/moderations`. */
export const moderations = withoutStream({
  operation: 'moderations',
  parse(json) {
    const body = validate(moderationsRequest, json);
    const inputs = typeof body.input === 'string' ? [body.input] : body.input;
    let promptChars = 0;
    let images = 0;
    for (const input of inputs) {
      if (typeof input === 'string') promptChars += input.length;
      else if (input.type === 'image_url') images++;
      else promptChars += input.text?.length ?? 0;
    }
    return {
      ...withoutTokens,
      model: body.model ?? usual,
      messages: inputs.length,
      images,
      promptChars,
      user: undefined,
    };
  },
});
