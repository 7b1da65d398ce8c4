/** A stream of bytes that is taken in parts; how it ended is asked for, so that what came before is not lost. */
export interface Incoming {
  /** Whether there are more bytes. Waits for them. */
  more(): Promise<boolean>;
  /** The next bytes, at most so many. */
  take(most: number): AsyncGenerator<Uint8Array>;
  /** What the stream threw, if it did. */
  readonly broken: { readonly error: unknown } | undefined;
}

export function incoming(bytes: AsyncIterable<Uint8Array>): Incoming {
  const source = bytes[Symbol.asyncIterator]();
  let rest: Uint8Array = new Uint8Array();
  let ended = false;
  let broken: { readonly error: unknown } | undefined;

  async function more(): Promise<boolean> {
    while (rest.length === 0 && !ended) {
      try {
        const { done, value } = await source.next();
        if (done) ended = true;
        else rest = value;
      } catch (error) {
        ended = true;
        broken = { error };
      }
    }
    return rest.length > 0;
  }

  return {
    more,
    async *take(most) {
      for (let left = most; left > 0 && (await more()); ) {
        const some = rest.subarray(0, left);
        rest = rest.subarray(some.length);
        left -= some.length;
        yield some;
      }
    },
    get broken() {
      return broken;
    },
  };
}
