/** Pauses that whoever stops a process manager can cut short. */
export interface Pauses {
  pause(ms: number): Promise<void>;
  cutShort(): void;
}

export function pauses(): Pauses {
  const waiting = new Set<() => void>();
  return {
    pause: (ms) =>
      new Promise((resolve) => {
        const end = () => {
          clearTimeout(timer);
          waiting.delete(end);
          resolve();
        };
        const timer = setTimeout(end, ms);
        waiting.add(end);
      }),
    cutShort: () => {
      for (const end of [...waiting]) end();
    },
  };
}
