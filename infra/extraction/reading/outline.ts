import { createRequire } from 'node:module';
import treeSitter, { type Node } from '@vscode/tree-sitter-wasm';
import type { Block } from '../../../bounded-contexts/knowledge/text/index.ts';

const require = createRequire(import.meta.url);

/** The grammars that come with the package. */
const grammars = new Set(
  'bash c-sharp cpp css go ini java javascript php powershell python ruby rust tsx typescript'.split(' '),
);

/** What declares something that may have members, in the grammars' names for it. */
const declares =
  /(^|_)(function|method|class|interface|struct|enum|trait|impl|module|namespace|object|constructor|record|union|type)(_|$)|declaration$|definition$|_item$|^rule_set$/;
/** Members of members' members are no place that anybody looks for. */
const deepest = 4;
/** A tree takes some hundred bytes a character. */
const mostCharacters = 2_000_000;
/** Real code takes a second a megabyte. */
const mostMs = 15_000;

/**
 * The declarations of a source text by its syntax tree, outer ones before those inside them, each with the comments
 * that stand right before it; its name and construct are its fields. None where the language has no grammar here.
 */
export async function outlineOf(text: string, syntax: string): Promise<Block[]> {
  const grammar = syntax === 'c' ? 'cpp' : syntax;
  if (!grammars.has(grammar) || text.length > mostCharacters) return [];
  const { Language, Parser } = treeSitter;
  await Parser.init();
  const parser = new Parser();
  parser.setLanguage(
    await Language.load(require.resolve(`@vscode/tree-sitter-wasm/wasm/tree-sitter-${grammar}.wasm`)),
  );
  const until = performance.now() + mostMs;
  const tree = parser.parse(text, null, { progressCallback: () => performance.now() > until });
  const blocks: Block[] = [];
  if (tree) addMembers(tree.rootNode, 1, blocks, () => true);
  return blocks;
}

function addMembers(parent: Node, level: number, blocks: Block[], isMember: (node: Node) => boolean): void {
  let from: number | undefined;
  let lastRow = -1;
  for (const node of parent.namedChildren) {
    if (!node) continue;
    const isLead = /comment|attribute_item|decorator|annotation/.test(node.type);
    if (node.startPosition.row > lastRow + 1) from = undefined;
    lastRow = node.endPosition.row;
    if (isLead) {
      from ??= node.startIndex;
      continue;
    }
    if (isMember(node)) {
      const name = nameOf(node);
      const fields = { ...(name && { name }), construct: node.type };
      blocks.push({ kind: 'code', start: from ?? node.startIndex, end: node.endIndex, level, fields });
    }
    from = undefined;
    if (level < deepest) addInner(node, level + (isMember(node) ? 1 : 0), blocks);
  }
}

/** Members lie in a body, or deeper in what wraps a declaration: `export class …`. */
function addInner(node: Node, level: number, blocks: Block[]): void {
  const spansLines = node.endPosition.row > node.startPosition.row;
  if (!spansLines) return;
  for (const child of node.namedChildren) {
    if (!child || child.endPosition.row === child.startPosition.row) continue;
    if (/body|block|declaration_list|class_body|suite|members/.test(child.type)) {
      addMembers(child, level, blocks, isDeclaration);
    } else if (declares.test(child.type)) {
      addInner(child, level, blocks);
    }
  }
}

/** A field of one line is part of its struct, one with a function in it is like a method. */
const isDeclaration = ({ type, startPosition, endPosition }: Node): boolean =>
  declares.test(type) && (!type.includes('field') || endPosition.row > startPosition.row);

const wraps = ['declaration', 'definition', 'declarator'];
const longestName = 200;

/** The name that a declaration gives, or the declaration inside it; of an implementation in Rust, its type. */
function nameOf(node: Node, depth = 0): string | undefined {
  if (depth === 0 && /^(import|use|extern)_/.test(node.type)) return undefined;
  const name = node.childForFieldName('name') ?? (/identifier$/.test(node.type) ? node : null);
  if (name) return name.text.length <= longestName && !name.text.includes('\n') ? name.text : undefined;
  if (node.type === 'impl_item') return node.childForFieldName('type')?.text.slice(0, longestName);
  const inner = wraps.map((field) => node.childForFieldName(field)).find((child) => child !== null);
  if (inner) return depth < 5 ? nameOf(inner, depth + 1) : undefined;
  if (depth > 1 || !/declaration$/.test(node.type)) return undefined;
  const first = node.namedChildren.find((child) => child && /declarator|spec$/.test(child.type));
  return first ? nameOf(first, depth + 1) : undefined;
}
