/** Saves at most every so often, but always in the end: a checkpoint that rests is a checkpoint that is stored. */
export interface Saver {
  /** There is something new to save. */
  changed(): void;
  /** Saves what is unsaved now, and then no more until the next change. Throws where it cannot. */
  flush(): Promise<void>;
}

export function saver(save: () => Promise<void>, everyMs: number, report: (error: unknown) => void): Saver {
  let dirty = false;
  let timer: ReturnType<typeof setTimeout> | null = null;
  let saving: Promise<void> = Promise.resolve();

  const run = (): Promise<void> => {
    if (timer) clearTimeout(timer);
    timer = null;
    saving = saving
      .catch(() => {})
      .then(async () => {
        if (!dirty) return;
        dirty = false;
        try {
          await save();
        } catch (error) {
          dirty = true;
          throw error;
        }
      });
    return saving;
  };

  const later = () => {
    timer ??= setTimeout(() => {
      run().catch((error: unknown) => {
        report(error);
        later();
      });
    }, everyMs);
  };

  return {
    changed: () => {
      dirty = true;
      later();
    },
    flush: run,
  };
}
