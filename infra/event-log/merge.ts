/** Many endless sources as one, in order of arrival; ends all of them when it is ended. */
export async function* merge<T>(sources: readonly AsyncGenerator<T>[]): AsyncGenerator<T> {
  if (sources.length === 1) {
    yield* sources[0] as AsyncGenerator<T>;
    return;
  }
  type Step = { readonly index: number; readonly result: IteratorResult<T> };
  const advance = async (index: number): Promise<Step> => ({
    index,
    result: await (sources[index] as AsyncGenerator<T>).next(),
  });
  const steps = new Map(sources.map((_, index) => [index, advance(index)]));
  try {
    while (steps.size > 0) {
      const { index, result } = await Promise.race(steps.values());
      if (result.done) {
        steps.delete(index);
        continue;
      }
      yield result.value;
      steps.set(index, advance(index));
    }
  } finally {
    for (const step of steps.values()) step.catch(() => undefined);
    await Promise.all(sources.map((source) => source.return(undefined)));
  }
}
