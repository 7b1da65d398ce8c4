import type { Frame, Usage } from '../../ports.ts';
import { type Block, type BlockKind, blocks, type Step } from '../blocks.ts';
import { deltasOf, says } from '../chat.ts';
import type { AnswerAbout, AnswerStream, Json } from '../translation.ts';
import { itemId, itemOf, partOf, reasonOf, responseBody } from './answer.ts';

/** What grows, by the names of its events. */
const growing: Readonly<Record<BlockKind, { event: string; field: string }>> = {
  text: { event: 'response.output_text', field: 'text' },
  refusal: { event: 'response.refusal', field: 'refusal' },
  reasoning: { event: 'response.reasoning_text', field: 'text' },
  tool: { event: 'response.function_call_arguments', field: 'arguments' },
};

/** A streamed chat completion as the events of a response, numbered, in OpenAI's order. */
export function responseStream(about: AnswerAbout): AnswerStream {
  const answer = blocks();
  const output: Json[] = [];
  let sequence = 0;
  let begun = false;
  let finish: string | undefined;
  // Chat says them of text only, which no two blocks of which grow at once.
  let arrived: Json[] = [];
  let ofBlock: Json[] = [];

  const frame = (event: string, data: Json, more: Partial<Frame> = {}): Frame => ({
    event,
    json: JSON.stringify({ type: event, sequence_number: sequence++, ...data }),
    text: '',
    usageOnly: false,
    ...more,
  });

  function begin(): Frame[] {
    if (begun) return [];
    begun = true;
    const response = responseBody(about, { status: 'in_progress', output: [], usage: undefined });
    return [frame('response.created', { response }), frame('response.in_progress', { response })];
  }

  function show({ block, ...step }: Step, ending: boolean): Frame[] {
    const { event, field } = growing[block.kind];
    const place = { item_id: itemId(block, about), output_index: block.at };
    const within = block.kind === 'tool' ? place : { ...place, content_index: 0 };
    switch (step.does) {
      case 'open': {
        ofBlock = [];
        const item = itemOf(block, about, 'in_progress', []);
        const added = frame('response.output_item.added', { output_index: block.at, item });
        if (block.kind === 'tool') return [added];
        return [
          added,
          frame('response.content_part.added', { ...within, part: partOf({ ...block, said: '' }, []) }),
        ];
      }
      case 'grow': {
        const logprobs = arrived;
        arrived = [];
        ofBlock.push(...logprobs);
        return [
          frame(
            `${event}.delta`,
            { ...within, delta: step.by, ...(block.kind === 'text' ? { logprobs } : {}) },
            block.kind === 'text' || block.kind === 'refusal' ? { text: step.by } : {},
          ),
        ];
      }
      case 'close':
        return close(block, ending, event, field, within);
    }
  }

  function close(block: Block, ending: boolean, event: string, field: string, within: Json): Frame[] {
    const cut = ending && reasonOf(finish) !== undefined;
    const part = partOf(block, ofBlock);
    const item = itemOf(block, about, cut ? 'incomplete' : 'completed', [part]);
    output.push(item);
    const said = block.kind === 'tool' ? item['arguments'] : block.said;
    const done = {
      ...within,
      [field]: said,
      ...(block.kind === 'text' ? { logprobs: ofBlock } : {}),
      ...(block.kind === 'tool' ? { name: block.name } : {}),
    };
    return [
      frame(`${event}.done`, done),
      ...(block.kind === 'tool' ? [] : [frame('response.content_part.done', { ...within, part })]),
      frame('response.output_item.done', { output_index: block.at, item }),
    ];
  }

  return {
    push({ json }) {
      const frames: Frame[] = [];
      for (const delta of deltasOf(json)) {
        if (delta.choice !== 0 || !says(delta)) continue;
        frames.push(...begin());
        finish = delta.finish ?? finish;
        arrived.push(...delta.logprobs);
        for (const step of answer.push(delta)) frames.push(...show(step, false));
      }
      return frames;
    },
    end(usage: Usage | undefined) {
      const frames = begin();
      for (const step of answer.end()) frames.push(...show(step, true));
      const reason = reasonOf(finish);
      const status = reason === undefined ? 'completed' : 'incomplete';
      const response = responseBody(about, { status, output, usage, reason });
      return [...frames, frame(`response.${status}`, { response }, { final: true })];
    },
  };
}
