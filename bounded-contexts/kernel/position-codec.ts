import { createCipheriv, createDecipheriv, createSecretKey, hkdfSync } from 'node:crypto';
import { DaybookError } from '../../schemas/errors.ts';
import { type Position, parsePosition, position } from './position.ts';

/**
 * Positions as callers see them: one AES-256 block (epoch digest, stream, sequence, and zeros that must come
 * back as zeros), 22 characters of base64url. Two tokens reveal neither order nor distance, so that a tenant
 * learns nothing of others' volume; a forged or foreign token is refused.
 */
export interface PositionCodec {
  encode(position: Position): string;
  /** Throws `request.invalid` where the token is not of this installation's log. */
  decode(token: string): Position;
}

/** `epoch` is the log's; `secret` at least 16 bytes that stay the same for the installation's life. */
export function positionCodec(epoch: string, secret: Uint8Array): PositionCodec {
  const key = createSecretKey(
    new Uint8Array(hkdfSync('sha256', secret, epoch, 'daybook position token', 32)),
  );
  // Blocks do not depend on each other, so one cipher without end serves them all.
  const cipher = createCipheriv('aes-256-ecb', key, null).setAutoPadding(false);
  const block = Buffer.alloc(16);
  // Facts that share a commit share its position, and their callers ask for it one after the other.
  let last: Position | undefined;
  let lastToken = '';
  return {
    encode(of) {
      if (of === last) return lastToken;
      const { stream, sequence } = parsePosition(of);
      block.writeUInt16BE(stream, 0);
      block.writeBigUInt64BE(BigInt(sequence), 2);
      lastToken = cipher.update(block).toString('base64url');
      last = of;
      return lastToken;
    },
    decode(token) {
      const sealed = Buffer.from(token, 'base64url');
      if (sealed.length === 16) {
        const decipher = createDecipheriv('aes-256-ecb', key, null).setAutoPadding(false);
        const block = Buffer.concat([decipher.update(sealed), decipher.final()]);
        if (block.subarray(10).every((byte) => byte === 0)) {
          return position(epoch, block.readUInt16BE(0), Number(block.readBigUInt64BE(2)));
        }
      }
      throw new DaybookError('request.invalid', 'The position is not one of this log.', {
        param: 'position',
      });
    },
  };
}
