import { answerJson, answers, chunkOf, completionBody, type Script, usageOf } from './upstream.ts';

/** More that a scripted provider does, for the tests of the dialects. */

const usage = usageOf(20, 10);

const end = (finish: string, usage: object) =>
  `${chunkOf({}, finish)}data: ${JSON.stringify({ id: 'x', object: 'chat.completion.chunk', created: 1, model: 'scripted', choices: [], usage })}\n\ndata: [DONE]\n\n`;

/** These deltas one after the other, then `finish`; only for streams. */
export const streamed =
  (deltas: readonly object[], finish = 'stop', used: object = usage): Script =>
  (_call, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const delta of deltas) response.write(chunkOf(delta));
    response.end(end(finish, used));
  };

const whole = (message: object, finish: string) => {
  const body = JSON.parse(completionBody('', usage));
  body.choices[0] = { ...body.choices[0], message: { role: 'assistant', ...message }, finish_reason: finish };
  return JSON.stringify(body);
};

/** A sentence, then one call of `name`, its arguments in pieces of three characters. */
export const callsTool =
  (name: string, input: object): Script =>
  (call, response) => {
    const args = JSON.stringify(input);
    if (call.body['stream'] === true) {
      const piece = (more: object) => ({ tool_calls: [{ index: 0, ...more }] });
      return streamed(
        [
          { role: 'assistant', content: 'Let me ' },
          { content: 'see.' },
          piece({ id: 'call_1', type: 'function', function: { name, arguments: '' } }),
          ...(args.match(/.{1,3}/g) ?? []).map((part) => piece({ function: { arguments: part } })),
        ],
        'tool_calls',
      )(call, response);
    }
    const tool_calls = [{ id: 'call_1', type: 'function', function: { name, arguments: args } }];
    answerJson(response, 200, whole({ content: 'Let me see.', tool_calls }, 'tool_calls'));
  };

/** Calls a tool, and answers once it has the tool's result. */
export const callsToolOnce =
  (name: string, input: object, text: string): Script =>
  (call, response) => {
    const answered = JSON.stringify(call.body['messages']).includes('"role":"tool"');
    (answered ? answers(text, usage) : callsTool(name, input))(call, response);
  };

/** Says what it thought as servers of open models do. */
export const thinks: Script = (call, response) =>
  call.body['stream'] === true
    ? streamed([{ reasoning_content: 'Hmm, ' }, { reasoning_content: 'well.' }, { content: 'Yes.' }])(
        call,
        response,
      )
    : answerJson(response, 200, whole({ content: 'Yes.', reasoning_content: 'Hmm, well.' }, 'stop'));

/** Two choices, in turns where it is streamed. */
export const choices: Script = (call, response) => {
  if (call.body['stream'] !== true) {
    const body = JSON.parse(completionBody('one', usage));
    const [first] = body.choices;
    body.choices = [first, { ...first, index: 1, message: { role: 'assistant', content: 'two' } }];
    return answerJson(response, 200, JSON.stringify(body));
  }
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const [index, content] of [
    [0, 'o'],
    [1, 't'],
    [0, 'ne'],
    [1, 'wo'],
  ])
    response.write(chunkOf({}, null, { choices: [{ index, delta: { content }, finish_reason: null }] }));
  for (const index of [0, 1])
    response.write(chunkOf({}, null, { choices: [{ index, delta: {}, finish_reason: 'stop' }] }));
  response.end('data: [DONE]\n\n');
};

/** An answer whose tokens are weighed. */
export const weighed: Script = (_call, response) => {
  const token = (text: string, logprob: number) => ({
    token: text,
    logprob,
    bytes: null,
    top_logprobs: [{ token: text, logprob, bytes: null }],
  });
  const body = JSON.parse(completionBody('Yes.', usage));
  body.choices[0].logprobs = { content: [token('Yes', -0.1), token('.', -0.2)], refusal: null };
  answerJson(response, 200, JSON.stringify(body));
};

/** A text, its stream beginning with the role as OpenAI's does. */
export const says =
  (text: string, used: ReturnType<typeof usageOf>): Script =>
  (call, response) =>
    call.body['stream'] === true
      ? streamed(
          [
            { role: 'assistant', content: '' },
            ...(text.match(/\S+\s*/g) ?? []).map((content) => ({ content })),
          ],
          'stop',
          used,
        )(call, response)
      : answers(text, used)(call, response);

/** A stream that ends only when its reader leaves. */
export const endless: Script = (_call, response) => {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write(chunkOf({ role: 'assistant', content: '' }));
  const timer = setInterval(() => response.write(chunkOf({ content: 'more ' })), 20);
  response.once('close', () => clearInterval(timer));
};
