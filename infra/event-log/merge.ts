/**
 * Many endless sources as one, in order of arrival. `end` tells the sources to end, since one that waits can be
 * ended in no other way; called before they are returned.
 */
export async function* merge<T>(sources: readonly AsyncGenerator<T>[], end: () => void): AsyncGenerator<T> {
  type Step =
    | { readonly source: AsyncGenerator<T>; readonly result: IteratorResult<T> }
    | { readonly error: unknown };
  const arrived: Step[] = [];
  let wake: () => void = () => {};
  let running = sources.length;
  const advance = (source: AsyncGenerator<T>) => {
    source
      .next()
      .then(
        (result) => arrived.push({ source, result }),
        (error: unknown) => arrived.push({ error }),
      )
      .then(() => wake());
  };
  for (const source of sources) advance(source);
  try {
    while (running > 0) {
      const step = arrived.shift();
      if (!step) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        continue;
      }
      if ('error' in step) throw step.error;
      if (step.result.done) {
        running--;
        continue;
      }
      yield step.result.value;
      advance(step.source);
    }
  } finally {
    end();
    await Promise.all(sources.map((source) => source.return(undefined)));
  }
}
