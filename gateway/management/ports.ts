import type { Ledgers } from '../../bounded-contexts/budgets/index.ts';
import type { AuditRecorder } from '../../bounded-contexts/governance/index.ts';
import type { Directory, Passwords, Principal } from '../../bounded-contexts/identity/index.ts';
import type { InferencePorts, LiveStreams, Replies } from '../../bounded-contexts/inference/index.ts';
import type {
  Clock,
  ContentLog,
  ContentWriter,
  EventLog,
  FactWriter,
  Position,
  PositionCodec,
  Vault,
} from '../../bounded-contexts/kernel/index.ts';
import type { BlobStore, UploadStore } from '../../bounded-contexts/knowledge/index.ts';
import type { ReadStore } from '../../projections/queries.ts';
import type { NotaryView } from '../../schemas/http/management.ts';
import type { KnowledgeService } from '../knowledge/index.ts';
import type { FindResponse } from '../openai/index.ts';
import type { Connection } from '../shared/audited.ts';
import type { Authenticate } from '../shared/bearer.ts';
import type { ModelCallPorts } from '../shared/model-call.ts';
import type { RatePorts } from '../shared/rates.ts';
import type { HealthPorts } from './health.ts';
import type { CommandReply } from './idempotency.ts';

export interface ManagementPorts {
  readonly log: EventLog;
  readonly clock: Clock;
  readonly positions: PositionCodec;
  readonly vault: Vault;
  readonly facts: FactWriter;
  readonly contents: ContentWriter;
  readonly contentLog: ContentLog;
  readonly ledgers: Ledgers;
  readonly store: ReadStore;
  readonly authenticate: Authenticate;
  readonly audit: AuditRecorder;
  readonly passwords: Passwords;
  /** Origins whose pages may call from a browser, beside our own. */
  readonly corsOrigins: readonly string[];
  /** How long a sign-in lasts, in ms. */
  readonly signInMs: number;
  readonly directory: Pick<Directory, 'tenant' | 'department' | 'departments' | 'person' | 'signedIn'>;
  readonly catalogue: InferencePorts['catalogue'];
  /** What calls of models use. */
  readonly calls: ModelCallPorts;
  readonly blobs: BlobStore;
  /** Files that arrive in pieces. */
  readonly uploads: UploadStore;
  readonly knowledge: KnowledgeService;
  /** Of one file that is uploaded. */
  readonly fileBytes: number;
  readonly onBug: (error: unknown, requestId: string) => void;
  readonly limits: RatePorts;
  readonly commandReplies: Replies<CommandReply>;
  readonly bodyBytes: number;
  readonly bodyDepth: number;
  readonly findResponse: FindResponse;
  readonly health: HealthPorts;
  readonly liveStreams: LiveStreams;
  readonly notary: {
    keys(): Promise<NotaryView['keys']>;
    last(): Promise<NotaryView['last']>;
    /** The checkpoint that seals a commit; null while none does. */
    over(commit: { readonly at: number; readonly position: Position }): Promise<NotaryView['last']>;
  };
  /** The last health check of each provider. */
  readonly providerStates: () => readonly {
    readonly provider: string;
    readonly healthy: boolean;
    /** Unix ms. */
    readonly checkedAt: number;
    readonly ms: number;
    readonly reason: string | undefined;
  }[];
  /** Unix ms. */
  readonly startedAt: number;
}

/** What the first middleware puts into every request's context. */
export interface Variables {
  readonly principal: Principal;
  readonly requestId: string;
}

export type Bound = { Bindings: Connection; Variables: Variables };
