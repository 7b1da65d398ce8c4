import pino from 'pino';
import { redact } from '../../bounded-contexts/kernel/index.ts';

/**
 * A logger of one process. Each line is redacted as a whole on its way out: whatever an error carries, in whatever
 * field and depth, passes there.
 */
export function processLogger(
  level: string,
  instance: string,
  destination = pino.destination({ fd: 2, sync: false }),
): pino.Logger {
  const redacted = {
    write: (line: string) => destination.write(redact(line)),
    flush: (done?: (error?: Error) => void) => destination.flush(done),
  };
  return pino(
    {
      level,
      base: { instance },
      // Else an error under any name but `err` is written as `{}`.
      serializers: { error: pino.stdSerializers.err },
    },
    redacted,
  );
}
