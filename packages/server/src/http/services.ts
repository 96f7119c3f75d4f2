/** The services that handlers work with. */
import type {FairQueue} from '../engine/fair-queue.ts';
import type {AcceptPageTools} from '../engine/page-tools.ts';
import type {PersonalData} from '../engine/personal-data.ts';
import type {Handovers} from '../engine/handovers.ts';
import type {UnsavedTurns} from '../engine/unsaved-turns.ts';
import type {Models} from '../engine/models.ts';
import type {PassOn} from '../engine/pass-on.ts';
import type {Report} from '../engine/report.ts';
import type {Retriever} from '../engine/retriever.ts';
import type {Store} from '../engine/store.ts';
import type {ToolApps} from '../engine/tool-apps.ts';
import type {Turns} from '../engine/turns/turns.ts';
import type {OperatorAccess} from './request/operator-token.ts';
import type {Auth} from './request/auth.ts';
import type {Idempotency} from './request/idempotency.ts';
import type {Limits} from './request/limits.ts';
import type {PageConfig} from './settings.ts';
import type {Prompt} from '../engine/prompts.ts';

export interface HttpServices {
  readonly auth: Auth;
  readonly idempotency: Idempotency;
  readonly limits: Limits;
  readonly store: Store;
  readonly turns: Turns;
  readonly unsaved: UnsavedTurns;
  readonly passOn: PassOn;
  /** Further keys of chat completions that upstreams get as they are. */
  readonly passOptions: readonly string[];
  readonly personalData: PersonalData;
  /** Downloads of everything that a caller has. */
  readonly exports: FairQueue;
  readonly searches: FairQueue;
  /** Calls of tools by apps, and their pages. */
  readonly appCalls: FairQueue;
  /** Absent if there are no tools. */
  readonly apps?: ToolApps | undefined;
  readonly models: Models;
  /** Absent if there are no documents to search. */
  readonly retriever?: Retriever | undefined;
  readonly pageConfig: PageConfig;
  /** Starters of a page that has none of its own; empty unless the demo model answers. */
  readonly demoStarters: () => Promise<readonly string[]>;
  /** The prompts that are starters now. */
  readonly prompts: () => readonly Prompt[];
  /** Absent if no chat can be handed to a person. */
  readonly handovers?: Handovers | undefined;
  readonly operator: OperatorAccess;
  readonly acceptPageTools: AcceptPageTools;
  /** Whether there are tools that a model may call now. */
  readonly offersTools: () => boolean;
  readonly report: Report;
  /** Milliseconds of silence after which a keep-alive is written. */
  readonly heartbeat: number;
}
