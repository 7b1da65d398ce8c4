import { spawn } from 'node:child_process';
import { DaybookError } from '../../schemas/errors.ts';

const mostOutputBytes = 8 * 1_048_576;
const mostPicturesBytes = 256 * 1_048_576;

export interface TesseractOptions {
  /** The program, looked for on PATH. */
  readonly command: string;
  /** Its names of languages, the likeliest first. */
  readonly languages: readonly string[];
  readonly timeoutMs: number;
}

/**
 * The text in a picture, by Tesseract; pages are segmented as it does by itself, which keeps columns apart.
 * @throws `document.needs-ocr` where it is not installed, lacks a language, or cannot read the picture
 */
export function recognise(
  picture: Uint8Array,
  { command, languages, timeoutMs }: TesseractOptions,
): Promise<string> {
  if (picture.length > mostPicturesBytes) throw new DaybookError('document.too-large');
  return new Promise((resolve, reject) => {
    const child = spawn(command, ['stdin', 'stdout', '-l', languages.join('+')], {
      stdio: ['pipe', 'pipe', 'pipe'],
      // Two cores serve everybody, and its threads are slower than one on small pictures.
      env: {
        PATH: process.env['PATH'] ?? '',
        OMP_THREAD_LIMIT: '1',
        ...kept('TESSDATA_PREFIX', 'LD_LIBRARY_PATH'),
      },
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
    });
    const out: Buffer[] = [];
    let size = 0;
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > mostOutputBytes) child.kill('SIGKILL');
      else out.push(chunk);
    });
    child.stderr.on('data', (chunk: Buffer) => {
      said = `${said}${chunk.toString('utf8')}`.slice(0, 500);
    });
    // It may end before it has read the picture.
    child.stdin.on('error', () => {});
    child.on('error', () => reject(new DaybookError('document.needs-ocr')));
    child.on('close', (code) => {
      if (code === 0) resolve(Buffer.concat(out).toString('utf8'));
      else reject(new DaybookError('document.needs-ocr', refusal(said, languages)));
    });
    child.stdin.end(picture);
  });
}

const refusal = (said: string, languages: readonly string[]): string =>
  /loading language|load any languages/i.test(said)
    ? `Tesseract has no data for ${languages.join(', ')}; install it beside Tesseract, or set \`ocr.languages\`.`
    : 'Tesseract cannot read the picture.';

const kept = (...names: readonly string[]): Record<string, string> =>
  Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
