import type { Frame, Usage } from '../../ports.ts';
import { type Block, blocks, type Step } from '../blocks.ts';
import { deltasOf, says } from '../chat.ts';
import type { AnswerAbout, AnswerStream, Json } from '../translation.ts';
import { messageHead, stopOf, toolId, usageBody, wantsThinking } from './answer.ts';

const frame = (event: string, data: Json, more: Partial<Frame> = {}): Frame => ({
  event,
  json: JSON.stringify({ type: event, ...data }),
  text: '',
  usageOnly: false,
  ...more,
});

/** A streamed chat completion as the events of a message, in Anthropic's order. */
export function messageStream(about: AnswerAbout): AnswerStream {
  const answer = blocks();
  const thinks = wantsThinking(about);
  let begun = false;
  let shown = 0;
  let refused = false;
  let end: { finish: string | undefined; stop: string | undefined } = { finish: undefined, stop: undefined };

  function begin(): Frame[] {
    if (begun) return [];
    begun = true;
    const message = {
      ...messageHead(about),
      content: [],
      stop_reason: null,
      stop_sequence: null,
      stop_details: null,
      usage: usageBody(undefined),
    };
    return [frame('message_start', { message }), frame('ping', {})];
  }

  function show(step: Step): Frame[] {
    const { block } = step;
    if (block.kind === 'reasoning' && !thinks) return [];
    // What is not shown has no place in the count of blocks.
    const index = shown;
    switch (step.does) {
      case 'open':
        return [frame('content_block_start', { index, content_block: emptyOf(block) })];
      case 'grow':
        return [
          frame(
            'content_block_delta',
            { index, delta: growthOf(block, step.by) },
            block.kind === 'tool' || block.kind === 'reasoning' ? {} : { text: step.by },
          ),
        ];
      case 'close':
        shown++;
        return [frame('content_block_stop', { index })];
    }
  }

  function emptyOf(block: Block): Json {
    if (block.kind === 'tool')
      return {
        type: 'tool_use',
        id: toolId(block, about),
        name: block.name,
        input: {},
        caller: { type: 'direct' },
      };
    if (block.kind === 'reasoning') return { type: 'thinking', thinking: '', signature: '' };
    return { type: 'text', text: '', citations: null };
  }

  return {
    push({ json }) {
      const frames: Frame[] = [];
      for (const delta of deltasOf(json)) {
        if (delta.choice !== 0 || !says(delta)) continue;
        frames.push(...begin());
        refused ||= delta.refusal !== '';
        if (delta.finish !== undefined) end = delta;
        for (const step of answer.push(delta)) frames.push(...show(step));
      }
      return frames;
    },
    end(usage: Usage | undefined) {
      return [
        ...begin(),
        ...answer.end().flatMap(show),
        frame('message_delta', {
          delta: { ...stopOf(end, refused), container: null },
          usage: usageBody(usage),
        }),
        frame('message_stop', {}, { final: true }),
      ];
    },
  };
}

function growthOf({ kind }: Block, by: string): Json {
  if (kind === 'tool') return { type: 'input_json_delta', partial_json: by };
  if (kind === 'reasoning') return { type: 'thinking_delta', thinking: by };
  return { type: 'text_delta', text: by };
}
