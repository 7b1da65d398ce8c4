import { connect, createServer, type Socket } from 'node:net';

/** A wire that a test can cut: between a client and a server. */
export interface TcpProxy {
  readonly port: number;
  /** From now on requests arrive and their answers do not. */
  swallowAnswers(): void;
  /** Ends all connections; new ones are whole again. */
  cut(): void;
  /** Ends all connections once so many more bytes of answers have come; new ones are whole again. */
  cutAfter(bytes: number): void;
  /** Ends all connections and refuses new ones, until `cut` is called. */
  refuse(): void;
  close(): Promise<void>;
}

export function tcpProxy(targetPort: number, targetHost = '127.0.0.1'): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let swallowing = false;
  let refusing = false;
  let room = Number.POSITIVE_INFINITY;
  const endAll = () => {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
  };
  const server = createServer((client) => {
    if (refusing) {
      client.destroy();
      return;
    }
    const upstream = connect({ port: targetPort, host: targetHost });
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
    client.on('data', (chunk) => upstream.write(chunk));
    upstream.on('data', (chunk) => {
      if (!swallowing) client.write(chunk);
      room -= chunk.length;
      if (room > 0) return;
      room = Number.POSITIVE_INFINITY;
      endAll();
    });
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve({
        port: typeof address === 'object' && address ? address.port : 0,
        swallowAnswers() {
          swallowing = true;
        },
        cut() {
          swallowing = false;
          refusing = false;
          endAll();
        },
        cutAfter(bytes) {
          room = bytes;
        },
        refuse() {
          refusing = true;
          endAll();
        },
        close: () => {
          endAll();
          return new Promise<void>((done) => server.close(() => done()));
        },
      });
    });
  });
}
