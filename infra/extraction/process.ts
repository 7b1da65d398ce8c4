import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { DaybookError } from '../../schemas/errors.ts';
import { fromReader } from './answers.ts';
import type { FromReader, ToReader } from './protocol.ts';
import { root, sandboxed } from './sandbox.ts';

export interface ProcessLimits {
  readonly timeoutMs: number;
  /** Of the whole process, buffers included; on systems other than Linux of its heap only. */
  readonly memoryMegabytes: number;
}

const reader = fileURLToPath(new URL('./reader.ts', import.meta.url));
const watchMs = 50;
const heapIsFull = 134;

/**
 * Reads an open file in a process of its own, which may open only Daybook's code, start nothing, write nothing, make no
 * code of strings, and knows no secret; it ends with its answer, at a limit, or with its parent.
 * @param answerPicture Gives the text in a picture.
 * @throws what the process refused with, `document.timed-out`, `document.too-large`, `document.unreadable`
 */
export function readInProcess(
  file: number,
  task: ToReader,
  { timeoutMs, memoryMegabytes }: ProcessLimits,
  answerPicture: (picture: Uint8Array) => Promise<ToReader>,
): Promise<FromReader> {
  return new Promise((resolve, reject) => {
    const child = start(file, timeoutMs, memoryMegabytes);
    let answered = false;
    const settle = (end: () => void): void => {
      if (answered) return;
      answered = true;
      clearTimeout(timer);
      clearInterval(watch);
      child.kill('SIGKILL');
      end();
    };
    const fail = (error: DaybookError): void => settle(() => reject(error));
    const timer = setTimeout(() => fail(timedOut(timeoutMs)), timeoutMs);
    const watch = setInterval(() => {
      if (residentMegabytes(child.pid) > memoryMegabytes) fail(needsMemory(memoryMegabytes));
    }, watchMs);

    child.on('message', (message) => {
      const parsed = fromReader.safeParse(message);
      if (!parsed.success)
        return fail(new DaybookError('document.unreadable', undefined, {}, { cause: parsed.error }));
      if (parsed.data.kind !== 'picture') return settle(() => resolve(parsed.data));
      answerPicture(parsed.data.picture).then(
        (answer) => child.connected && child.send(answer),
        (cause) => fail(new DaybookError('document.unreadable', undefined, {}, { cause })),
      );
    });
    child.on('error', (cause) => settle(() => reject(cause)));
    child.on('exit', (code, signal) => {
      // V8 aborts when its heap is full; of itself, the system kills only for memory.
      if (signal === 'SIGXCPU') fail(timedOut(timeoutMs));
      else if (signal === 'SIGABRT' || signal === 'SIGKILL' || code === heapIsFull)
        fail(needsMemory(memoryMegabytes));
      else fail(new DaybookError('document.unreadable', 'The document ended the process that read it.'));
    });
    child.send(task);
  });
}

function start(file: number, timeoutMs: number, memoryMegabytes: number): ChildProcess {
  // Of processor time, of which its helpers for memory take some as well.
  const seconds = Math.ceil(timeoutMs / 1_000) * 2 + 1;
  const node = [process.execPath, ...sandboxed(Math.floor(memoryMegabytes * 0.75)), reader];
  // The shell's limits outlive this process: nobody else would end a reader that is caught in a loop.
  return spawn('/bin/sh', ['-c', `ulimit -c 0; ulimit -t ${seconds}; exec "$@"`, 'sh', ...node], {
    stdio: ['ignore', 'ignore', 'ignore', 'ipc', file],
    serialization: 'advanced',
    env: { NODE_ENV: 'production' },
    cwd: root,
  });
}

const timedOut = (timeoutMs: number): DaybookError =>
  new DaybookError(
    'document.timed-out',
    `The document was not read within ${Math.round(timeoutMs / 1_000)} s.`,
  );

const needsMemory = (megabytes: number): DaybookError =>
  new DaybookError('document.too-large', `Reading the document takes more than ${megabytes} MB of memory.`);

const pageBytes = 4_096;

/** What a process has in memory; 0 where the system does not say. */
function residentMegabytes(pid: number | undefined): number {
  try {
    return (Number(readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ')[1]) * pageBytes) / 1_048_576;
  } catch {
    return 0;
  }
}
