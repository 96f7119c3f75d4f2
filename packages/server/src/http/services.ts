/** What the routes work with. */
import type {UnsavedTurns} from '../engine/unsaved-turns.ts';
import type {Models} from '../engine/models.ts';
import type {Report} from '../engine/report.ts';
import type {Store} from '../engine/store.ts';
import type {Turns} from '../engine/turns/turns.ts';
import type {Auth} from './request/auth.ts';
import type {Idempotency} from './request/idempotency.ts';
import type {Limits} from './request/limits.ts';

/** What the widget shows, where the page does not say it by attributes. */
export interface PageConfig {
  /** The name in the header, and the line under it. */
  readonly heading?: string;
  readonly subheading?: string;
  /** What stands above the first question, and a sentence under that. */
  readonly greeting?: string;
  readonly introduction?: string;
  /** Questions to begin with, one press each. */
  readonly starters?: readonly string[];
  /** A line under the composer. */
  readonly disclaimer?: string;
  /** What the empty composer says. */
  readonly placeholder?: string;
}

export interface HttpServices {
  readonly auth: Auth;
  readonly idempotency: Idempotency;
  readonly limits: Limits;
  readonly store: Store;
  readonly turns: Turns;
  readonly unsaved: UnsavedTurns;
  readonly models: Models;
  readonly pageConfig: PageConfig;
  readonly report: Report;
  /** Milliseconds of silence after which a stream says that it is alive. */
  readonly heartbeat: number;
}
