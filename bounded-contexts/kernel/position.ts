/**
 * A place in the log: `<epoch>-<stream>-<sequence>`. The epoch names one history of the log; positions of two
 * epochs cannot be compared. Outside of Daybook a position is always encrypted (see PositionCodec).
 */
export type Position = string & { readonly __position: true };

export interface PositionParts {
  readonly epoch: string;
  readonly stream: number;
  readonly sequence: number;
}

export const position = (epoch: string, stream: number, sequence: number): Position =>
  `${epoch}-${stream}-${sequence}` as Position;

/** Throws a RangeError where `text` is not a position. */
export function parsePosition(text: string): PositionParts {
  const match = /^([A-Za-z0-9]+)-(\d{1,4})-(\d{1,16})$/.exec(text);
  if (!match) throw new RangeError('not a position of this log');
  return { epoch: match[1] as string, stream: Number(match[2]), sequence: Number(match[3]) };
}

export const sequenceOf = (of: Position): number => Number(of.slice(of.lastIndexOf('-') + 1));
