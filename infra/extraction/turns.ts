/** Runs at most `most` tasks at once; others wait in the order that they came in. */
export function turns(most: number): <T>(task: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (task) => {
    if (running >= most) await new Promise<void>((resolve) => waiting.push(resolve));
    else running++;
    try {
      return await task();
    } finally {
      // Whoever waits longest takes over this turn.
      const next = waiting.shift();
      if (next) next();
      else running--;
    }
  };
}
