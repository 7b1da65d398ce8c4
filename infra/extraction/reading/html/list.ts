import {
  attribute,
  blockTags,
  childrenOf,
  type Element,
  isElement,
  isSkipped,
  type Node,
  textIn,
} from './tree.ts';

/** Deeper items are written at this depth. */
const deepest = 20;

/** A list as lines, `- ` or `1. ` before each item, inner lists two spaces further in. */
export function listLines(list: Element): string[] {
  const lines: string[] = [];
  // A stack of its own: lists nest as deep as whoever made the file likes.
  const stack: (() => void)[] = [];
  const items = (inner: Element, depth: number): void => {
    let number = Number.parseInt(attribute(inner, 'start') ?? '1', 10) || 1;
    const todo: (() => void)[] = [];
    for (const child of childrenOf(inner)) {
      if (!isElement(child) || isSkipped(child)) continue;
      if (isList(child)) todo.push(() => items(child, depth + 1));
      else {
        const mark = inner.tagName === 'ol' ? `${number++}. ` : '- ';
        todo.push(() => item(child, depth, mark));
      }
    }
    stack.push(...todo.reverse());
  };
  const item = (element: Element, depth: number, mark: string): void => {
    const own: string[] = [];
    const inner: Element[] = [];
    const visit: Node[] = [...childrenOf(element)].reverse();
    for (let node = visit.pop(); node; node = visit.pop()) {
      if (isElement(node) && isSkipped(node)) continue;
      if (isElement(node) && isList(node)) {
        inner.push(node);
        continue;
      }
      own.push(isElement(node) && blockTags.has(node.tagName) ? ' ' : textIn(node));
      for (const child of [...childrenOf(node)].reverse()) visit.push(child);
    }
    const text = own.join('').replace(/\s+/g, ' ').trim();
    if (text) lines.push(`${'  '.repeat(Math.min(depth, deepest))}${mark}${text}`);
    for (const next of inner.reverse()) stack.push(() => items(next, depth + 1));
  };
  items(list, 0);
  for (let next = stack.pop(); next; next = stack.pop()) next();
  return lines;
}

export const isList = ({ tagName }: Element): boolean =>
  tagName === 'ul' || tagName === 'ol' || tagName === 'menu' || tagName === 'dir';
