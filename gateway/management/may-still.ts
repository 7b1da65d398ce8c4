import type { HonoRequest } from 'hono';
import type { Principal } from '../../bounded-contexts/identity/index.ts';
import { principalOf } from '../shared/bearer.ts';
import { bySignIn } from '../shared/by-sign-in.ts';
import type { ManagementPorts } from './ports.ts';

/** Whether whoever made a request would be let in now, too, and may do this. */
export async function mayStill(
  ports: ManagementPorts,
  request: HonoRequest,
  may: (principal: Principal) => boolean | Promise<boolean>,
): Promise<boolean> {
  try {
    const principal =
      bySignIn(ports)(request) ?? (await principalOf(ports.authenticate, request.header('authorization')));
    return await may(principal);
  } catch {
    return false;
  }
}
