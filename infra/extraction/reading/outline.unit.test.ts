import { expect, test } from 'vitest';
import { outlineOf } from './outline.ts';

const outline = async (text: string, syntax: string): Promise<string[]> =>
  (await outlineOf(text, syntax)).flatMap(({ level, fields }) =>
    fields?.['name'] ? [`${level} ${fields['name']}`] : [],
  );

test.each([
  [
    'typescript',
    'import a from "b";\n/** Of it. */\nexport class A<T> {\n  one(): void {\n    x();\n  }\n}\nexport const f = () => {\n  return 1;\n};\ninterface I {\n  a: string;\n}\n',
    ['1 A', '2 one', '1 f', '1 I'],
  ],
  [
    'javascript',
    'function f() {\n  return 1;\n}\nclass B {\n  m() {\n    return "😀";\n  }\n  n() {\n  }\n}\n',
    ['1 f', '1 B', '2 m', '2 n'],
  ],
  [
    'python',
    'class A:\n    """Doc."""\n    def m(self):\n        return 1\n\n@dec\ndef f():\n    pass\n',
    ['1 A', '2 m', '1 f'],
  ],
  ['go', 'package a\n\ntype T struct {\n  x int\n}\n\nfunc (t T) M() int {\n  return 1\n}\n', ['1 T', '1 M']],
  ['rust', 'struct S {\n  a: u8,\n}\n#[x]\nimpl S {\n  fn f() {\n  }\n}\n', ['1 S', '1 S', '2 f']],
  ['java', 'class A {\n  int f() {\n    return 1;\n  }\n}\n', ['1 A', '2 f']],
  ['ruby', 'class A\n  def m\n    1\n  end\nend\n', ['1 A', '2 m']],
  ['c', 'int a = 1;\nstatic char *\nf(int b)\n{\n  return g(b);\n}\n', ['1 a', '1 f']],
  ['python', 'import os\nfrom a import b\n\nasync def g():\n    pass\n', ['1 g']],
  ['sql', 'select 1;\n', []],
])('the declarations of %s are found', async (syntax, text, expected) => {
  expect(await outline(text, syntax)).toEqual(expected);
});

test('offsets are indices into the text, past characters of two units, and comments go with what they describe', async () => {
  const text = '// 😀😀 é\nconst s = "👍";\n\n// Of f.\nfunction f() {\n}\n';
  const blocks = await outlineOf(text, 'javascript');
  expect(blocks.map(({ start, end }) => text.slice(start, end))).toEqual([
    '// 😀😀 é\nconst s = "👍";',
    '// Of f.\nfunction f() {\n}',
  ]);
});
