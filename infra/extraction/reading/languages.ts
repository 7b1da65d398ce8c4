/** Endings of names → programming languages, as they are called in `Extracted.syntax`. */
const byEnding: Readonly<Record<string, string>> = {
  bash: 'bash',
  c: 'c',
  cc: 'cpp',
  cjs: 'javascript',
  clj: 'clojure',
  cpp: 'cpp',
  cs: 'c-sharp',
  css: 'css',
  cts: 'typescript',
  cxx: 'cpp',
  dart: 'dart',
  ex: 'elixir',
  exs: 'elixir',
  fs: 'fsharp',
  go: 'go',
  h: 'cpp',
  hpp: 'cpp',
  hs: 'haskell',
  ini: 'ini',
  java: 'java',
  js: 'javascript',
  jsx: 'javascript',
  kt: 'kotlin',
  lua: 'lua',
  mjs: 'javascript',
  mts: 'typescript',
  php: 'php',
  pl: 'perl',
  ps1: 'powershell',
  py: 'python',
  r: 'r',
  rb: 'ruby',
  rs: 'rust',
  scala: 'scala',
  sh: 'bash',
  sql: 'sql',
  swift: 'swift',
  toml: 'toml',
  ts: 'typescript',
  tsx: 'tsx',
  xml: 'xml',
  yaml: 'yaml',
  yml: 'yaml',
};

const byCommand: readonly (readonly [RegExp, string])[] = [
  [/^(ba|z|da|k)?sh\b/, 'bash'],
  [/^python/, 'python'],
  [/^(node|deno|bun)/, 'javascript'],
  [/^ruby/, 'ruby'],
  [/^perl/, 'perl'],
  [/^php/, 'php'],
];

export const endingOf = (name: string): string => /\.([^./\\]{1,10})$/.exec(name)?.[1]?.toLowerCase() ?? '';

/** The programming language of a file, by its name or its first line; undefined where neither says so. */
export function syntaxOf(name: string, text: string): string | undefined {
  const ending = endingOf(name);
  if (Object.hasOwn(byEnding, ending)) return byEnding[ending];
  if (/^dockerfile$/i.test(name)) return 'dockerfile';
  const command = /^#!\s*\S*\/(?:env\s+(?:-S\s+)?)?(\S+)/.exec(text)?.[1];
  return command === undefined ? undefined : byCommand.find(([pattern]) => pattern.test(command))?.[1];
}
