/**
 * Identity: who is calling, and what they may. Owns the families `tenant`, `department`, `user`, `membership`,
 * `key` and `signin` (an aggregate each) and the facts `key-uses` and `signin-refusals`; the one table of permissions; and the directory in memory that
 * authenticates without any I/O.
 */
export { type Claims, type ExternalIdentity, identityOf } from './claims.ts';
export {
  type Asked,
  changeDepartment,
  changeMembership,
  changeTenant,
  changeUser,
  type Done,
  issueKey,
  presentKey,
  revokeKey,
  rotateKey,
  type WantedKey,
} from './commands.ts';
export type { DepartmentState } from './department.ts';
export { type Directory, directory } from './directory.ts';
export { objectionToGrant, objectionToKey, objectionToRevocation } from './may-issue.ts';
export { keyOfPerson, type Vouched } from './person.ts';
export type { Passwords, TokenVerifier } from './ports.ts';
export { actorOf, type Principal, principalFrom, type Refusal } from './principal.ts';
export { isMistyped } from './secret.ts';
export { acceptSignIn, endSignIn, isSignInSecret } from './sign-in.ts';
export { defaultTenant, type TenantState } from './tenant.ts';
export type { UserState } from './user.ts';
