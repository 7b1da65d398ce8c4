import { fileURLToPath } from 'node:url';

export const root: string = fileURLToPath(new URL('../../', import.meta.url));

/** Daybook's code, and not the folder that it lies in, where an installation may have its data and its keys. */
const readable = ['package.json', 'schemas/', 'bounded-contexts/', 'infra/extraction/', 'node_modules/'];

/** What Node is started with to run what may fall to a hostile file: it may open our code, and nothing else. */
export const sandboxed = (heapMegabytes: number): readonly string[] => [
  '--permission',
  ...readable.map((path) => `--allow-fs-read=${root}${path}`),
  '--disallow-code-generation-from-strings',
  '--no-warnings',
  `--max-old-space-size=${heapMegabytes}`,
];
