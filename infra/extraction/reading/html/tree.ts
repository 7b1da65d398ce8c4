import { type DefaultTreeAdapterTypes, parse } from 'parse5';

export type Node = DefaultTreeAdapterTypes.ChildNode | DefaultTreeAdapterTypes.Document;
export type Element = DefaultTreeAdapterTypes.Element;

export const parseHtml = (html: string): DefaultTreeAdapterTypes.Document =>
  parse(html, { scriptingEnabled: false });

export const isElement = (node: Node): node is Element => 'tagName' in node;

export const childrenOf = (node: Node): readonly Node[] => ('childNodes' in node ? node.childNodes : []);

export const attribute = (element: Element, name: string): string | undefined =>
  element.attrs.find((found) => found.name === name)?.value;

/** Not content: what runs, what is laid out, what is asked of the reader. Pages' menus are on every page. */
const skipped = new Set(
  'script style nav noscript template iframe object embed svg math canvas audio video select textarea button datalist'.split(
    ' ',
  ),
);

/** Whether a reader of the page would not see it. What is hidden is how instructions are smuggled into prompts. */
export const isSkipped = (element: Element): boolean =>
  skipped.has(element.tagName) ||
  attribute(element, 'hidden') !== undefined ||
  attribute(element, 'aria-hidden') === 'true' ||
  /(?:display\s*:\s*none|visibility\s*:\s*hidden)/i.test(attribute(element, 'style') ?? '');

/** Visits a tree of any depth, in order. `enter` says whether to go inside; `leave` is told of what was gone into. */
export function walk(
  root: Node,
  enter: (node: Node) => boolean,
  leave: (node: Node) => void = () => {},
): void {
  const stack: { node: Node; isLeft: boolean }[] = [{ node: root, isLeft: false }];
  for (let top = stack.pop(); top; top = stack.pop()) {
    if (top.isLeft) {
      leave(top.node);
      continue;
    }
    if (!enter(top.node)) continue;
    stack.push({ node: top.node, isLeft: true });
    const children = childrenOf(top.node);
    for (let index = children.length - 1; index >= 0; index--) {
      const node = children[index];
      if (node) stack.push({ node, isLeft: false });
    }
  }
}

/** Elements that begin a line of their own. */
export const blockTags = new Set(
  (
    'address article aside blockquote body caption center dd details dialog dir div dl dt fieldset figcaption figure footer ' +
    'form h1 h2 h3 h4 h5 h6 header hgroup hr html legend li main menu ol p pre section summary table tbody td tfoot th thead tr ul'
  ).split(' '),
);

const lineTags = new Set([...blockTags, 'br']);

/** The text of an element on one line. */
export function lineOf(root: Node): string {
  const parts: string[] = [];
  const edge = (node: Node): void => {
    if (isElement(node) && lineTags.has(node.tagName)) parts.push(' ');
  };
  walk(
    root,
    (node) => {
      if (isElement(node) && isSkipped(node)) return false;
      edge(node);
      parts.push(textIn(node));
      return true;
    },
    edge,
  );
  return parts.join('').replace(/\s+/g, ' ').trim();
}

/** What a node itself says: a text node's text, a picture's description. */
export function textIn(node: Node): string {
  if (node.nodeName === '#text' && 'value' in node) return node.value;
  return isElement(node) && node.tagName === 'img' ? (attribute(node, 'alt') ?? '') : '';
}
