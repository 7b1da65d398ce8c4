import type { DocumentType } from '../../../bounded-contexts/knowledge/text/index.ts';
import { delimiterOf } from './delimiter.ts';
import { endingOf, syntaxOf } from './languages.ts';

export type TextType = Exclude<DocumentType, 'pdf' | 'docx' | 'image'>;

const htmlStart =
  /^\s*(?:<\?xml[^>]{0,200}\?>\s*)?(?:<!--[\s\S]{0,5000}?-->\s*)*<(?:!doctype\s+html|html|head|body)[\s>]/i;
const htmlTags = /<(?:p|div|h[1-6]|table|ul|ol|br|span|a)\b[^<>]{0,500}>/i;

const named: Readonly<Record<string, TextType>> = {
  csv: 'csv',
  tsv: 'csv',
  tab: 'csv',
  md: 'markdown',
  markdown: 'markdown',
  mdx: 'markdown',
  txt: 'text',
  text: 'text',
  log: 'text',
};

const declared: Readonly<Record<string, TextType>> = {
  'text/csv': 'csv',
  'text/tab-separated-values': 'csv',
  'text/markdown': 'markdown',
};

/**
 * Which kind of text a text is. What can be proven goes first (HTML by its first tag, JSON by parsing it); then the
 * name, where the text does not speak against it; then the look of the text.
 */
export function textType(text: string, name: string, declaredType?: string): TextType {
  const ending = endingOf(name);
  const start = text.slice(0, 8_192).replace(/^\ufeff/, '');
  if (htmlStart.test(start)) return 'html';
  if (/^(html?|xhtml)$/.test(ending) && htmlTags.test(start)) return 'html';
  const json = jsonType(text, ending);
  if (json) return json;
  const media = declaredType?.split(';')[0]?.trim().toLowerCase() ?? '';
  const byName =
    (Object.hasOwn(named, ending) && named[ending]) || (Object.hasOwn(declared, media) && declared[media]);
  if (byName === 'csv') return isTable(text, 1) ? 'csv' : 'text';
  if (byName) return byName;
  if (syntaxOf(name, start)) return 'code';
  if (isTable(text, 3)) return 'csv';
  return looksLikeMarkdown(start) ? 'markdown' : 'text';
}

function jsonType(text: string, ending: string): TextType | undefined {
  const trimmed = text.replace(/^\ufeff/, '').trim();
  const first = trimmed.charAt(0);
  if (first === '{' || first === '[') {
    const isNamedLines = ending === 'jsonl' || ending === 'ndjson';
    if (isJson(trimmed)) return isNamedLines ? 'jsonl' : 'json';
    const lines = trimmed.split('\n', 4).filter((line) => line.trim() !== '');
    // Each is checked when they are read; a name needs one witness, the look of a text two.
    const witnesses = isNamedLines ? 1 : 2;
    if (lines.length > 1 && lines.slice(0, witnesses).every((line) => isJson(line.trim()))) return 'jsonl';
  }
  return ending === 'json' && isJson(trimmed) ? 'json' : undefined;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Whether the lines have the same number of columns, at least two, or are one column where the name says so. */
function isTable(text: string, leastLines: number): boolean {
  const found = delimiterOf(text);
  if (leastLines === 1) return found !== undefined || !/[^\n]{400}/.test(text.slice(0, 20_000));
  return found !== undefined && found.lines >= leastLines && found.share >= 0.95;
}

/** Marks that prose does not have by chance, a point each. */
const markdownMarks: readonly RegExp[] = [
  /^#{1,6} \S/m,
  /^(```|~~~)/m,
  /^\s*[-*+] \S[^\n]*\n\s*[-*+] \S/m,
  /\[[^\]\n]{1,200}\]\([^)\s]{1,500}\)/,
  /^\|.*\|\s*\n\|[\s:|-]+\|\s*$/m,
  /\*\*[^*\n]{1,200}\*\*/,
  /^---\n[\s\S]{1,2000}?\n---\n/,
];

const looksLikeMarkdown = (text: string): boolean =>
  markdownMarks.filter((mark) => mark.test(text)).length >= 2;
