/** The services that handlers work with. */
import type {FairQueue} from '../engine/fair-queue.ts';
import type {PersonalData} from '../engine/personal-data.ts';
import type {UnsavedTurns} from '../engine/unsaved-turns.ts';
import type {Models} from '../engine/models.ts';
import type {PassOn} from '../engine/pass-on.ts';
import type {Report} from '../engine/report.ts';
import type {Retriever} from '../engine/retriever.ts';
import type {Store} from '../engine/store.ts';
import type {Turns} from '../engine/turns/turns.ts';
import type {Auth} from './request/auth.ts';
import type {Idempotency} from './request/idempotency.ts';
import type {Limits} from './request/limits.ts';

/** Texts of the widget, unless the page sets them by attributes. */
export interface PageConfig {
  /** The name in the header; `subheading` is the line below. */
  readonly heading?: string;
  readonly subheading?: string;
  /** Shown above the first question; `introduction` is the sentence below. */
  readonly greeting?: string;
  readonly introduction?: string;
  /** Says before the first question that no human answers; `off` hides it. */
  readonly aiNotice?: string;
  /** Suggested first questions, as buttons. */
  readonly starters?: readonly string[];
  /** A line below the composer. */
  readonly disclaimer?: string;
  /** Shown in the empty composer. */
  readonly placeholder?: string;
  /** An address or a mail address, for questions that the site's pages do not answer. */
  readonly contact?: string;
  /** Whether formulas between `$`, `$$`, `\\(` and `\\[` are set. */
  readonly math?: boolean;
  /** Words in place of some of the widget's, in groups as in its `Words`. */
  readonly strings?: PageStrings;
}

/** At most three levels: `{errors: {network: {title: 'You are offline.'}}}`. */
export interface PageStrings {
  readonly [name: string]: string | PageStrings;
}

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
  readonly models: Models;
  /** Absent if there are no documents to search. */
  readonly retriever?: Retriever | undefined;
  readonly pageConfig: PageConfig;
  readonly report: Report;
  /** Milliseconds of silence after which a keep-alive is written. */
  readonly heartbeat: number;
}
