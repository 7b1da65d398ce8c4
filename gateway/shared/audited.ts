import type { Context, MiddlewareHandler } from 'hono';
import { matchedRoutes } from 'hono/route';
import type { AuditedRequest, AuditRecorder } from '../../bounded-contexts/governance/index.ts';
import type { Principal } from '../../bounded-contexts/identity/index.ts';
import { type ErrorCode, isDaybookError } from '../../schemas/errors.ts';

/** What the HTTP server says of the connection that a request came by. */
export interface Connection {
  readonly incoming?: { readonly socket: { readonly remoteAddress?: string | undefined } };
}

/** Of a context in which the first middleware put who asks. */
interface Asked {
  Bindings: Connection;
  Variables: { readonly principal: Principal; readonly requestId: string };
}

/** Who asked for what, from where, as the audit trail tells it. */
export function requestOf<Env extends Asked>(context: Context<Env>): AuditedRequest {
  const principal: Principal | undefined = context.get('principal');
  const routes = matchedRoutes(context);
  const route = routes.find(({ path }) => !path.endsWith('*')) ?? routes.at(-1);
  const env: Connection | undefined = context.env;
  return {
    principal,
    route: `${context.req.method} ${route?.path ?? '-'}`,
    requestId: context.get('requestId'),
    address: env?.incoming?.socket.remoteAddress,
  };
}

/** Whether somebody was not let in, or not let do it. */
export const isRefusal = (error: unknown): error is { code: ErrorCode } =>
  isDaybookError(error) && error.code.startsWith('auth.') && error.status < 500;

/** Tells the audit trail of whoever was refused. Before what refuses. */
export const noteRefusals =
  (audit: Pick<AuditRecorder, 'refused'>): MiddlewareHandler<Asked> =>
  async (context, next) => {
    await next();
    if (isRefusal(context.error)) audit.refused(requestOf(context), context.error.code);
  };
