import { answerJson, answers, type Script, usageOf } from '../../../../infra/testing/upstream.ts';

/** A provider that says what it was asked, so that answers hold markers, too. */
export const echo: Script = (call, response) => {
  const usage = usageOf(12, 5);
  if (call.request.url?.endsWith('/completions') && !call.request.url.endsWith('/chat/completions')) {
    const choices = [{ index: 0, text: String(call.body['prompt']), finish_reason: 'stop', logprobs: null }];
    const body = { id: 'c', object: 'text_completion', created: 1, model: 'echo', choices, usage };
    answerJson(response, 200, JSON.stringify(body));
    return;
  }
  answers(`You asked: ${JSON.stringify(call.body['messages'])}`, usage)(call, response);
};
