import type { Permission } from '../../../../schemas/roles.ts';

/** What only one tenant has. The same names with made-up values are what nobody has. */
export interface Ids {
  readonly tenant: string;
  readonly user: string;
  /** Opaque, as the log knows the person. */
  readonly userId: string;
  readonly department: string;
  readonly departmentId: string;
  readonly workflow: string;
  readonly conversation: string;
  readonly run: string;
  readonly key: string;
  readonly invocation: string;
  readonly response: string;
  readonly stream: string;
  readonly document: string;
  readonly query: string;
  readonly review: string;
}

export interface Question {
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Row {
  /** Method and path, as the OpenAPI document has them. */
  readonly route: string;
  /** `open`: asked without a key, and the same for everybody. */
  readonly permission: Permission | 'open';
  /** The status for the administrator of another tenant who asks by ids of this one; the same as for made-up ids. */
  readonly foreign: number;
  /** `operator`: it tells of the whole installation, and needs a permission that no tenant's key has, or is open. */
  readonly tells: 'own' | 'operator' | 'installation';
  readonly ask: (ids: Ids) => readonly Question[];
  /** For a lead of one department who asks by ids of another one's; absent where departments do not bound it. */
  readonly otherDepartment?: number;
  readonly note?: string;
}

export const paths = (...all: string[]): Question[] => all.map((path) => ({ path }));
export const api = (...all: string[]): Question[] => paths(...all.map((path) => `/api/v1${path}`));

type Of = Pick<Row, 'permission' | 'foreign'> & Partial<Row>;
export const row = (route: string, { permission, foreign, ...rest }: Of): Row => ({
  route,
  permission,
  foreign,
  tells: 'own',
  ask: () => paths(route.split(' ')[1] ?? ''),
  ...rest,
});
