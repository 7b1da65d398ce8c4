import { type LogCheckpoint, type Position, parsePosition } from '../kernel/index.ts';

/** The checkpoint with its stream's position replaced by `through`. */
export function movedOn(checkpoint: LogCheckpoint, through: Position): LogCheckpoint {
  const { stream } = parsePosition(through);
  return [...checkpoint.filter((position) => parsePosition(position).stream !== stream), through];
}

/** Whether a reader at `checkpoint` has seen everything up to `end`. */
export function hasPassed(checkpoint: LogCheckpoint, end: Position): boolean {
  const wanted = parsePosition(end);
  return checkpoint.some((position) => {
    const { epoch, stream, sequence } = parsePosition(position);
    return epoch === wanted.epoch && stream === wanted.stream && sequence >= wanted.sequence;
  });
}
