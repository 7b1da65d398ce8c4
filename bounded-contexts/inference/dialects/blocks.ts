import { type GrowingText, growingText } from '../growing-text.ts';
import type { ChatDelta } from './chat.ts';
import { parsedObject } from './json.ts';

/**
 * Both Messages and Responses build an answer of blocks that begin, grow and end one after the other, while
 * chat's deltas say only what was added. This puts them in order: a block ends when the next one begins, a
 * tool call only once its arguments are whole; what comes for a later block meanwhile waits for its turn.
 */

export type BlockKind = 'text' | 'refusal' | 'reasoning' | 'tool';

export interface Block {
  readonly kind: BlockKind;
  /** Place in the answer, from 0. */
  readonly at: number;
  /** Of a tool call: its id ('' where the provider gave none) and function. */
  readonly id: string;
  readonly name: string;
  /** All of it, once it closes; a tool call's arguments. */
  readonly said: string;
}

export type Step =
  | { readonly does: 'open'; readonly block: Block }
  | { readonly does: 'grow'; readonly block: Block; readonly by: string }
  | { readonly does: 'close'; readonly block: Block };

interface Growing {
  kind: BlockKind;
  at: number;
  id: string;
  name: string;
  readonly said: GrowingText;
  tool: number | undefined;
  waiting: string;
  opened: boolean;
}

export interface Blocks {
  push(delta: ChatDelta): readonly Step[];
  /** Ends all that is still open. */
  end(): readonly Step[];
}

export function blocks(): Blocks {
  const all: Growing[] = [];
  const tools = new Map<number, Growing>();
  let current = 0;

  function begin(kind: BlockKind, tool?: number): Growing {
    const block: Growing = {
      kind,
      at: all.length,
      id: '',
      name: '',
      said: growingText(),
      tool,
      waiting: '',
      opened: false,
    };
    all.push(block);
    if (tool !== undefined) tools.set(tool, block);
    return block;
  }

  function say(kind: BlockKind, text: string): void {
    if (text === '') return;
    const last = all.at(-1);
    const block = last?.kind === kind ? last : begin(kind);
    block.said.add(text);
    block.waiting += text;
  }

  function advance(ended: boolean): Step[] {
    const steps: Step[] = [];
    for (let block = all[current]; block; block = all[current]) {
      if (!block.opened) {
        // A call without a name cannot be shown yet.
        if (block.kind === 'tool' && block.name === '' && !ended) break;
        block.opened = true;
        steps.push({ does: 'open', block: shown(block) });
      }
      if (block.waiting !== '') {
        steps.push({ does: 'grow', block: shown(block), by: block.waiting });
        block.waiting = '';
      }
      // Looked at only once another block waits: to parse all so far at each piece would be quadratic.
      if (!ended && (current === all.length - 1 || !isWhole(block))) break;
      steps.push({ does: 'close', block: shown(block, block.said.whole()) });
      current++;
    }
    return steps;
  }

  return {
    push({ text, refusal, reasoning, tools: calls }) {
      say('reasoning', reasoning);
      say('text', text);
      say('refusal', refusal);
      for (const call of calls) {
        const block = tools.get(call.index) ?? begin('tool', call.index);
        block.id ||= call.id;
        block.name ||= call.name;
        block.said.add(call.arguments);
        block.waiting += call.arguments;
      }
      return advance(false);
    },
    end: () => advance(true),
  };
}

const isWhole = ({ kind, said }: Growing): boolean =>
  kind !== 'tool' || parsedObject(said.whole()) !== undefined;

const shown = ({ kind, at, id, name }: Growing, said = ''): Block => ({ kind, at, id, name, said });

/** The finished blocks of an answer that came as one. */
export function wholeBlocks(delta: ChatDelta): readonly Block[] {
  const answer = blocks();
  return [...answer.push(delta), ...answer.end()].flatMap((step) =>
    step.does === 'close' ? [step.block] : [],
  );
}
