import { ofApi } from './answers.ts';
import { ApiError, type Wire } from './wire.ts';

export interface StoredMessage {
  readonly subject: string;
  readonly sequence: number;
  readonly data: Uint8Array;
}

export type Selector =
  | { readonly seq: number }
  | { readonly seq: number; readonly next_by_subj: string }
  | { readonly last_by_subj: string };

const noMessage = 10037;

/** One message, asked of the stream's leader: never a direct get, which a replica that lags may answer. */
export async function getMessage(wire: Wire, stream: string, which: Selector): Promise<StoredMessage | null> {
  try {
    const { message } = await wire.api<{ message: { subject: string; seq: number; data?: string } }>(
      `STREAM.MSG.GET.${stream}`,
      which,
    );
    return {
      subject: message.subject,
      sequence: message.seq,
      data: Buffer.from(message.data ?? '', 'base64'),
    };
  } catch (error) {
    if (error instanceof ApiError && error.apiCode === noMessage) return null;
    throw ofApi(error);
  }
}
