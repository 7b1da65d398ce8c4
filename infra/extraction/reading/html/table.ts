import type { TextBuilder } from '../../../../bounded-contexts/knowledge/text/index.ts';
import { attribute, type Element, isElement, isSkipped, lineOf, type Node, walk } from './tree.ts';

interface Row {
  readonly cells: readonly string[];
  readonly isHeader: boolean;
}

/** Whether a table lays out a page instead of holding data: then its cells are read as the page is. */
export function isLayout(table: Element): boolean {
  if (attribute(table, 'role') === 'presentation') return true;
  let nested = false;
  walk(table, (node) => {
    if (node !== table && isElement(node) && node.tagName === 'table') nested = true;
    return !nested;
  });
  return nested;
}

/** A table as rows of cells, with the columns' names as fields where its first row has them. */
export function addTable(table: Element, into: TextBuilder): void {
  const rows = rowsOf(table);
  const [first] = rows;
  const names = first?.isHeader ? first.cells : undefined;
  const caption = captionOf(table);
  if (caption) into.add('paragraph', caption);
  into.open('table');
  rows.forEach(({ cells, isHeader }, index) => {
    const fields = names && index > 0 && !isHeader ? fieldsOf(names, cells) : undefined;
    into.add('row', cells.join(' | '), fields ? { fields } : {});
  });
  into.close();
}

const fieldsOf = (names: readonly string[], cells: readonly string[]): Record<string, string> =>
  Object.fromEntries(
    names.flatMap((name, index): [string, string][] => {
      const cell = cells[index];
      return name && cell ? [[name, cell]] : [];
    }),
  );

function captionOf(table: Element): string {
  const caption = table.childNodes.find((node) => isElement(node) && node.tagName === 'caption');
  return caption ? lineOf(caption) : '';
}

function rowsOf(table: Element): Row[] {
  const rows: Row[] = [];
  walk(table, (node) => {
    if (!isElement(node)) return false;
    if (isSkipped(node)) return false;
    if (node.tagName !== 'tr') return true;
    const inHead =
      node.parentNode !== null && 'tagName' in node.parentNode && node.parentNode.tagName === 'thead';
    const row = rowOf(node, inHead);
    if (row.cells.some((cell) => cell !== '')) rows.push(row);
    return false;
  });
  return rows;
}

/** A row wider than this is a mistake, or meant to cost memory. */
const widest = 200;

function rowOf(tr: Element, inHead: boolean): Row {
  const cells: string[] = [];
  let headers = 0;
  let count = 0;
  for (const node of tr.childNodes) {
    if (!isCell(node) || cells.length >= widest) continue;
    count++;
    if (node.tagName === 'th') headers++;
    cells.push(lineOf(node));
    const span = Number.parseInt(attribute(node, 'colspan') ?? '1', 10);
    for (let more = 1; more < span && cells.length < widest; more++) cells.push('');
  }
  return { cells, isHeader: count > 0 && (inHead || headers === count) };
}

const isCell = (node: Node): node is Element =>
  isElement(node) && (node.tagName === 'td' || node.tagName === 'th') && !isSkipped(node);
