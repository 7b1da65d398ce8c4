/**
 * HTML as text: headings, paragraphs, lists, tables, code and notes, in the order of the page, without what runs, what
 * is hidden, and menus. Also what DOCX is read through.
 */
import { type TextBuilder, textBuilder } from '../../../../bounded-contexts/knowledge/text/index.ts';
import type { Read, ReadingContext } from '../context.ts';
import { isList, listLines } from './list.ts';
import { addTable, isLayout } from './table.ts';
import {
  attribute,
  blockTags,
  type Element,
  isElement,
  isSkipped,
  lineOf,
  type Node,
  parseHtml,
  textIn,
  walk,
} from './tree.ts';

export function readHtml(html: string, { limits }: ReadingContext): Read {
  const document = parseHtml(html);
  const builder = textBuilder(limits.maxCharacters);
  const title = addPage(document, builder);
  const { text, blocks } = builder.build();
  const heading = blocks.find(({ kind }) => kind === 'heading');
  const named = title || (heading ? text.slice(heading.start, heading.end) : '');
  return { type: 'html', text, blocks, pages: [], notes: [], ...(named && { title: named }) };
}

/** Returns the page's title. */
function addPage(document: Node, into: TextBuilder): string {
  let title = '';
  let line: string[] = [];
  const flush = (): void => {
    // Lines that the page breaks stay broken, others are only how its source was written.
    const text = line
      .join('')
      .split('\r')
      .map((part) => part.replace(/\s+/g, ' ').trim())
      .filter((part) => part !== '')
      .join('\n');
    line = [];
    into.add('paragraph', text);
  };
  walk(
    document,
    (node) => {
      if (!isElement(node)) {
        line.push(textIn(node).replaceAll('\r', ' '));
        return true;
      }
      if (node.tagName === 'head') {
        title ||= titleIn(node);
        return false;
      }
      if (isSkipped(node)) return false;
      if (blockTags.has(node.tagName)) flush();
      if (node.tagName === 'br') line.push('\r');
      else line.push(textIn(node));
      return !addWhole(node, into);
    },
    (node) => {
      if (isElement(node) && blockTags.has(node.tagName)) flush();
    },
  );
  flush();
  return title;
}

function titleIn(head: Element): string {
  const title = head.childNodes.find((node) => isElement(node) && node.tagName === 'title');
  return title ? lineOf(title) : '';
}

/** Adds what is read as a whole; false where an element is to be gone into. */
function addWhole(element: Element, into: TextBuilder): boolean {
  const level = /^h([1-6])$/.exec(element.tagName)?.[1];
  if (level) {
    into.add('heading', lineOf(element), { level: Number(level) });
    return true;
  }
  if (element.tagName === 'table' && !isLayout(element)) {
    addTable(element, into);
    return true;
  }
  if (element.tagName === 'pre') {
    into.add('code', verbatim(element));
    return true;
  }
  if (element.tagName === 'dl') return addComments(element, into);
  if (!isList(element)) return false;
  if (!addNotes(element, into)) into.add('list', listLines(element).join('\n'));
  return true;
}

function verbatim(pre: Element): string {
  const parts: string[] = [];
  walk(pre, (node) => {
    parts.push(isElement(node) && node.tagName === 'br' ? '\n' : textIn(node));
    return true;
  });
  return parts.join('').replace(/^\n/, '').trimEnd();
}

/** A list of footnotes and endnotes, as DOCX comes with, and pages that were made of Markdown. */
function addNotes(list: Element, into: TextBuilder): boolean {
  const notes = list.childNodes.filter(isElement);
  if (
    notes.length === 0 ||
    !notes.every((note) => /^(fn|footnote|endnote)[-:_]?\d+$/.test(attribute(note, 'id') ?? ''))
  ) {
    return false;
  }
  notes.forEach((note, index) => {
    into.add('footnote', `[${index + 1}] ${withoutReturn(lineOf(note))}`);
  });
  return true;
}

/** Comments on a text, as DOCX comes with: who wrote one, and what. */
function addComments(list: Element, into: TextBuilder): boolean {
  const parts = list.childNodes.filter(isElement);
  const isComments = parts.some(
    ({ tagName, attrs }) => tagName === 'dt' && attrs.some(({ value }) => /^comment-\d+$/.test(value)),
  );
  if (!isComments) return false;
  for (const [index, part] of parts.entries()) {
    const next = parts[index + 1];
    if (part.tagName === 'dt' && next)
      into.add('footnote', `${lineOf(part)}: ${withoutReturn(lineOf(next))}`);
  }
  return true;
}

/** The arrow that leads back to where a note was made. */
const withoutReturn = (text: string): string => text.replace(/\s*[↑↩]\ufe0e?\s*$/, '');
